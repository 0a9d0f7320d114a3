/// Tokens that are found in a text before it is cut into words.
struct AddedTokens: Sendable {
    enum Part: Equatable {
        case token(Int32)
        case text(String, isFirst: Bool)
    }

    /// For each first byte the tokens that begin with it, the longest first.
    private var byFirstByte: [[(bytes: [UInt8], id: Int32)]] = Array(repeating: [], count: 256)

    /// Tokens by their texts; an empty text is found nowhere.
    init(_ tokens: [(text: String, id: Int32)]) {
        for (text, id) in tokens {
            let bytes = Array(text.utf8)
            if let first = bytes.first { byFirstByte[Int(first)].append((bytes, id)) }
        }
        // Of tokens of one length only one can stand at a place, so their order is free.
        for first in byFirstByte.indices { byFirstByte[first].sort { $0.bytes.count > $1.bytes.count } }
    }

    /// Every token, in no order.
    var all: [(bytes: [UInt8], id: Int32)] { byFirstByte.flatMap { $0 } }

    /// Cuts at the leftmost token, of several that begin there the longest, and goes on behind it.
    func split(_ text: String) -> [Part] {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var start = 0
        func flush(to end: Int) {
            guard end > start else { return }
            parts.append(.text(String(decoding: bytes[start..<end], as: UTF8.self), isFirst: start == 0))
        }
        var place = 0
        while place < bytes.count {
            let found = byFirstByte[Int(bytes[place])].first { bytes[place...].starts(with: $0.bytes) }
            guard let found else {
                place += 1
                continue
            }
            flush(to: place)
            parts.append(.token(found.id))
            place += found.bytes.count
            start = place
        }
        flush(to: bytes.count)
        return parts
    }
}
