import Options
import Tensors

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
        let object = try Self.json(line)
        guard case .object = object else { throw BadLine(line, "expected an object, as in JSON Lines") }
        guard let id = (object["id"] ?? object["_id"]).flatMap({ $0.text ?? $0.whole.map(String.init) })
        else {
            throw BadLine(line, #"expected an "id" that is a string or a whole number"#)
        }
        try EntityFile.checkID(id, line)
        guard object["text"] != nil || object["title"] != nil else {
            throw BadLine(line, #"expected a "text""#)
        }
        let title = try Self.string("title", object, line)
        let body = try Self.string("text", object, line)
        let text = [title, body].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        guard !text.isEmpty else { throw BadLine(line, "the text is empty") }
        let docID = try Self.string("docid", object, line) ?? text
        guard !docID.isEmpty else { throw BadLine(line, "the docid is empty") }
        self.init(id: id, text: text, docID: docID)
    }

    private static func json(_ line: InputLine) throws(BadLine) -> JSONText {
        let parsed = line.bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONText.SyntaxError) in try JSONText(bytes) }
        }
        switch parsed {
        case .success(let value): return value
        case .failure(let error): throw BadLine(line, "this is no JSON: \(error.reason)")
        }
    }

    /// The string of a key without blanks around it; nil where the key is missing.
    private static func string(
        _ key: String, _ object: JSONText, _ line: InputLine
    ) throws(BadLine) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.text else {
            throw BadLine(line, "expected a string as \"\(key)\" in place of \(value.summary)")
        }
        guard !text.utf8.contains(0) else { throw BadLine(line, "a NUL is no text") }
        return EntityFile.trimmed(Array(text.utf8)[...])
    }
}
