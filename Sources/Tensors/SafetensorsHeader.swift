import Foundation

/// What a safetensors file says of its tensors: the part that every reader of such files shares.
///
/// Layout: eight bytes of header length (little endian), a JSON header with dtype, shape and byte range of each
/// tensor, then the tensors' bytes. Source: https://github.com/huggingface/safetensors.
public struct SafetensorsHeader: Sendable, Equatable {
    /// One tensor of the file.
    public struct Entry: Sendable, Equatable {
        /// `F32`, `BF16`, ...; whether `bytes` is as long as its numbers need is for the reader to check.
        public let dtype: String
        /// The dimensions as the file orders them, outermost first; empty for a single number.
        public let shape: [Int]
        /// The product of the shape.
        public let count: Int
        /// Where the tensor lies in the file: always inside it.
        public let bytes: Range<Int>
    }

    /// Why a file has no such header.
    public struct Malformed: Error, Equatable {
        /// What is wrong, as the end of the sentence "this is no safetensors file: ...".
        public let reason: String
    }

    /// The tensors by name.
    public let entries: [String: Entry]
    /// The strings that the file carries besides its tensors; empty where it has none.
    public let metadata: [String: String]

    /// Reads the header of a file's bytes; every size and offset is checked.
    ///
    /// - Throws: `Malformed` for a header that is no JSON or has a name twice, for tensors outside the file, and for tensors
    ///   that overlap or leave gaps.
    public init(_ data: Data) throws(Malformed) {
        guard data.count >= 8 else {
            throw Malformed(reason: "it has \(data.count) bytes, fewer than 8")
        }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // Compared as unsigned numbers: a length beyond 2^63 would end the program when it is made an Int.
        guard length <= UInt64(data.count - 8) else {
            throw Malformed(reason: "its header claims \(length) bytes, the file has \(data.count)")
        }
        let start = 8 + Int(length)
        // A `Result`, because `withUnsafeBytes` would forget which type of error its closure throws.
        let parsed = data.withUnsafeBytes { bytes in
            Result { () throws(JSONText.SyntaxError) in
                try JSONText(UnsafeRawBufferPointer(rebasing: bytes[8..<start]))
            }
        }
        let members: [(key: String, value: JSONText)]
        switch parsed {
        case .success(.object(let found)): members = found
        case .success(let value): throw Malformed(reason: "its header is \(value.summary), not an object")
        case .failure(let error): throw Malformed(reason: "its header is no JSON: \(error.reason)")
        }
        var metadata: [String: String] = [:]
        var entries: [String: Entry] = [:]
        for (name, value) in members {
            if name == "__metadata__" {
                metadata = try Self.metadata(value)
            } else if entries.updateValue(try Self.entry(name, value, from: start), forKey: name) != nil {
                // Names may differ in bytes and be equal as Swift's text.
                throw Malformed(reason: "two tensors are called '\(name)'")
            }
        }
        try Self.check(entries, start: start, end: data.count)
        (self.metadata, self.entries) = (metadata, entries)
    }

    private static func metadata(_ value: JSONText) throws(Malformed) -> [String: String] {
        guard case .object(let members) = value else {
            throw Malformed(reason: "its '__metadata__' is \(value.summary), not an object")
        }
        var metadata: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.text else {
                throw Malformed(reason: "its metadata's '\(key)' is \(value.summary), not a text")
            }
            metadata[key] = text
        }
        return metadata
    }

    private static func entry(_ name: String, _ value: JSONText, from start: Int) throws(Malformed) -> Entry {
        func numbers(_ key: String) -> [Int]? {
            guard let elements = value[key]?.elements else { return nil }
            let numbers = elements.compactMap(\.whole)
            return numbers.count == elements.count ? numbers : nil
        }
        // A further member might change what the bytes mean, so there must be these three and no other.
        guard let dtype = value["dtype"]?.text, let shape = numbers("shape"),
            let range = numbers("data_offsets"), range.count == 2, case .object(let members) = value,
            members.count == 3
        else { throw Malformed(reason: "tensor '\(name)' is not described by dtype, shape and offsets") }
        guard let count = product(shape) else {
            throw Malformed(reason: "tensor '\(name)' has shape \(shape)")
        }
        // The last condition keeps the sum below from overflowing.
        guard range[0] >= 0, range[1] >= range[0], range[1] <= Int.max - start else {
            throw Malformed(reason: "tensor '\(name)' lies at \(range), outside the file")
        }
        return Entry(
            dtype: dtype, shape: shape, count: count, bytes: (start + range[0])..<(start + range[1]))
    }

    /// Tensors lie one behind another up to the file's end: what the safetensors library writes and demands.
    private static func check(_ entries: [String: Entry], start: Int, end: Int) throws(Malformed) {
        var place = start
        // An empty tensor begins where its successor does; the end, compared second, puts it first.
        let sorted = entries.sorted {
            ($0.value.bytes.lowerBound, $0.value.bytes.upperBound)
                < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound)
        }
        for (name, entry) in sorted {
            guard entry.bytes.upperBound <= end else {
                throw Malformed(
                    reason: "tensor '\(name)' ends at byte \(entry.bytes.upperBound), the file has \(end)")
            }
            guard entry.bytes.lowerBound == place else {
                throw Malformed(
                    reason: "tensor '\(name)' begins at byte \(entry.bytes.lowerBound), and not at \(place)")
            }
            place = entry.bytes.upperBound
        }
        guard place == end else {
            throw Malformed(reason: "\(end - place) bytes stand behind its last tensor")
        }
    }

    /// The product of dimensions; nil for a negative one or where it does not fit.
    public static func product(_ shape: [Int]) -> Int? {
        var count = 1
        for dimension in shape {
            let (next, overflow) = count.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            count = next
        }
        return count
    }
}
