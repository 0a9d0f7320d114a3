import Options
import Tensors

/// A line of JSON Lines: an object, of which whoever reads it asks for keys.
public struct JSONLine {
    private let object: JSONText
    private let line: InputLine

    /// - Throws: `BadLine` where the line is no text or no JSON object, or a key stands in it twice.
    public init(_ line: InputLine) throws(BadLine) {
        do { _ = try line.text() } catch { throw BadLine(error, line) }
        // An error that passes through withUnsafeBytes loses its type.
        let parsed = line.bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONText.SyntaxError) in try JSONText(bytes) }
        }
        switch parsed {
        case .success(let value): object = value
        case .failure(let error): throw BadLine(line, "this is no JSON: \(error.reason)")
        }
        guard case .object = object else { throw BadLine(line, "expected an object, as in JSON Lines") }
        self.line = line
    }

    /// The error that says what is wrong with this line.
    public func bad(_ reason: String) -> BadLine { BadLine(line, reason) }

    /// What `id` (or BEIR's `_id`) says, a string or a whole number.
    ///
    /// - Throws: `BadLine` where it is missing, another value, empty or has a control character.
    public func id() throws(BadLine) -> String {
        guard let id = (object["id"] ?? object["_id"]).flatMap({ $0.text ?? $0.whole.map(String.init) })
        else { throw bad(#"expected an "id" that is a string or a whole number"#) }
        try EntityFile.checkID(id, line)
        return id
    }

    /// Whether the object has the key, whatever its value.
    public func has(_ key: String) -> Bool { object[key] != nil }

    /// Whether the key's value is null; false where the key is missing.
    public func isNull(_ key: String) -> Bool { object[key]?.isNull ?? false }

    /// The string of a key; nil where the key is missing.
    ///
    /// - Throws: `BadLine` for another value, null among them.
    public func string(_ key: String) throws(BadLine) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.text else {
            throw bad("expected a string as \"\(key)\" in place of \(value.summary)")
        }
        return text
    }

    /// The truth value of a key; nil where the key is missing.
    ///
    /// - Throws: `BadLine` for another value.
    public func flag(_ key: String) throws(BadLine) -> Bool? {
        guard let value = object[key] else { return nil }
        guard let flag = value.flag else {
            throw bad("expected true or false as \"\(key)\" in place of \(value.summary)")
        }
        return flag
    }
}

/// Entities as JSON Lines: `{"id": "d1", "text": "a hub with four ports", "docid": "usb hub"}`.
///
/// `id` (or BEIR's `_id`) is a string or a whole number. `text` may stand beside a `title`, which then comes first. `docid`
/// is what a ranker writes for the document: the text, where there is none. Other keys are not read.
extension Entity {
    /// Whether a file's first line says that it is JSON Lines.
    static func isJSON(_ line: InputLine) -> Bool {
        line.bytes.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "{")
    }

    /// The entity of a line.
    ///
    /// - Throws: `BadLine` where the line is no JSON object, a key stands in it twice, or one is missing or of another type.
    init(json line: InputLine) throws(BadLine) {
        let row = try JSONLine(line)
        let id = try row.id()
        guard row.has("text") || row.has("title") else { throw row.bad(#"expected a "text""#) }
        let title = try Self.trimmed("title", row)
        let body = try Self.trimmed("text", row)
        let text = [title, body].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        guard !text.isEmpty else { throw row.bad("the text is empty") }
        let docID = try Self.trimmed("docid", row) ?? text
        guard !docID.isEmpty else { throw row.bad("the docid is empty") }
        self.init(id: id, text: text, docID: docID)
    }

    /// The string of a key without blanks around it; nil where the key is missing.
    private static func trimmed(_ key: String, _ row: JSONLine) throws(BadLine) -> String? {
        guard let text = try row.string(key) else { return nil }
        guard !text.utf8.contains(0) else { throw row.bad("a NUL is no text") }
        return EntityFile.trimmed(Array(text.utf8)[...])
    }
}
