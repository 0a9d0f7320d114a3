extension RunConfiguration {
    /// Every option by its dotted name, in alphabetical order.
    public func options() throws -> [(name: String, value: String)] {
        var list: [(name: String, value: String)] = [("model", model.rawValue), ("seed", "\(seed)")]
        try optionTree().flatten("", into: &list)
        return list
    }

    /// The command that makes this run: the kind of model, and every option that is not its default.
    public func command() throws -> String {
        let defaults = try RunConfiguration(model: model).options()
        let changed = zip(try options(), defaults).filter { $0.value != $1.value && $0.name != "seed" }
        let settings = changed.map { "--set \($0.0.name)=\($0.0.value)" }.joined(separator: " ")
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
