extension RunConfiguration {
    /// Every option by its dotted name, in alphabetical order.
    public func options() throws -> [(name: String, value: String)] {
        var list: [(name: String, value: String)] = [("model", model.rawValue), ("seed", "\(seed)")]
        try optionTree().flatten("", into: &list)
        return list
    }

    /// The command that makes this run: the kind of model, and every option that is not its default.
    public func command() throws -> String {
        let defaults = Dictionary(
            uniqueKeysWithValues: try RunConfiguration(model: model).options().map { ($0.name, $0.value) })
        let hasOwnShape = autoregressive?.pretrained != nil
        let changed = try options().filter { name, value in
            // A pretrained model brings its shape, which no option sets.
            defaults[name] != value && name != "seed" && !(hasOwnShape && name.hasPrefix("decoder."))
        }
        let settings = changed.map { "--set \($0.name)=\($0.value)" }.joined(separator: " ")
        return "rankbridge train \(model.rawValue) --seed \(seed)" + (settings.isEmpty ? "" : " \(settings)")
    }
}

extension ConfigurationTree {
    fileprivate func flatten(_ prefix: String, into list: inout [(name: String, value: String)]) {
        switch self {
        case .object(let members):
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                value.flatten(prefix.isEmpty ? key : "\(prefix).\(key)", into: &list)
            }
        case .array(let values):
            list.append((prefix, "[" + values.map(\.scalarText).joined(separator: ",") + "]"))
        case .string, .number, .bool, .null:
            list.append((prefix, scalarText))
        }
    }

    private var scalarText: String {
        switch self {
        case .string(let value): value
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        case .bool(let value): "\(value)"
        case .null, .object, .array: ""
        }
    }
}
