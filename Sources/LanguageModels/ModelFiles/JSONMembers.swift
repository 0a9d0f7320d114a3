import Tensors

/// The members of an object in one of a model's JSON files, each asked for by its name and kind.
///
/// What nobody asks for is refused by its name, unless it is known to change nothing: a file's meaning is never half read.
struct JSONMembers {
    let path: String
    /// What stands before a member's name in messages: of members of members the outer one's name and a point.
    let prefix: String
    let members: [(key: String, value: JSONText)]

    /// - Throws: `ModelFileError.malformed` where the value is no object.
    init(_ json: JSONText, path: String, prefix: String = "") throws(ModelFileError) {
        guard case .object(let members) = json else {
            let name = prefix.isEmpty ? "it" : "'\(prefix.dropLast())'"
            throw .malformed(file: path, reason: "\(name) is \(json.summary), not an object")
        }
        self.path = path
        self.prefix = prefix
        self.members = members
    }

    /// A file whose value is an object.
    init(file path: String) throws(ModelFileError) {
        try self.init(JSONText(file: path), path: path)
    }

    /// A member's value; nil where there is none or it is null.
    subscript(key: String) -> JSONText? {
        let value = members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
        return value?.isNull ?? true ? nil : value
    }

    /// Whether there is such a member, be it null.
    func has(_ key: String) -> Bool { members.contains { $0.key.utf8.elementsEqual(key.utf8) } }

    func whole(_ key: String) throws(ModelFileError) -> Int? { try get(key, "a whole number", \.whole) }
    func number(_ key: String) throws(ModelFileError) -> Double? { try get(key, "a number", \.double) }
    func flag(_ key: String) throws(ModelFileError) -> Bool? { try get(key, "true or false", \.flag) }
    func text(_ key: String) throws(ModelFileError) -> String? { try get(key, "a text", \.text) }
    func list(_ key: String) throws(ModelFileError) -> [JSONText]? { try get(key, "a list", \.elements) }

    /// A member that is an object.
    func object(_ key: String) throws(ModelFileError) -> JSONMembers? {
        guard let value = self[key] else { return nil }
        return try JSONMembers(value, path: path, prefix: prefix + key + ".")
    }

    private func get<Value>(
        _ key: String, _ kind: String, _ value: KeyPath<JSONText, Value?>
    ) throws(ModelFileError) -> Value? {
        guard let json = self[key] else { return nil }
        guard let found = json[keyPath: value] else {
            throw .malformed(file: path, reason: "'\(prefix)\(key)' is \(json.summary), not \(kind)")
        }
        return found
    }

    /// A member without which the file says too little.
    func required<Value>(_ key: String, _ value: Value?) throws(ModelFileError) -> Value {
        guard let value else { throw .missing(file: path, name: prefix + key) }
        return value
    }

    /// Refuses every member that says something and is neither known nor neutral.
    ///
    /// - Parameter neutral: Whether a member's value is the one at which it changes nothing.
    func refuse(
        except known: Set<String>, neutral: (_ key: String, _ value: JSONText) -> Bool? = { _, _ in nil }
    ) throws(ModelFileError) {
        for (key, value) in members where !value.isNull && !known.contains(key) {
            switch neutral(key, value) {
            case true?: continue
            case false?: throw unsupported(key, value)
            case nil:
                throw .unsupported(
                    file: path,
                    what:
                        "'\(prefix)\(key)' (\(value.summary)) is not known here, and might change what the model "
                        + "computes: take it out if it does not")
            }
        }
    }

    /// The refusal of a member's value.
    func unsupported(_ key: String, _ value: JSONText, _ supported: String? = nil) -> ModelFileError {
        .unsupported(
            file: path,
            what: "'\(prefix)\(key)' is \(value.summary), which is not done here"
                + (supported.map { "; \($0)" } ?? ""))
    }
}

extension JSONText {
    /// A JSON file's value.
    ///
    /// - Throws: `ModelFileError.unreadable` for what is no plain file, `.malformed` with the line for what is no JSON.
    init(file path: String) throws(ModelFileError) {
        let file = try MappedFile(path)
        let result = try file.withBytes(0, file.count, "the file") { bytes in
            Result { () throws(SyntaxError) in try JSONText(bytes) }
        }
        switch result {
        case .success(let value): self = value
        case .failure(let error):
            throw .malformed(file: path, reason: "line \(error.line): \(error.reason)")
        }
    }
}
