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
    public init(_ data: Data) throws(Malformed) {
        guard data.count >= 8 else {
            throw Malformed(reason: "it has \(data.count) bytes, fewer than 8")
        }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(data.count - 8) else {
            throw Malformed(reason: "its header claims \(length) bytes, the file has \(data.count)")
        }
        let start = 8 + Int(length)
        let json = data.subdata(in: (data.startIndex + 8)..<(data.startIndex + start))
        guard let header = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any] else {
            throw Malformed(reason: "its header is no JSON object")
        }
        metadata = header["__metadata__"] as? [String: String] ?? [:]
        var entries: [String: Entry] = [:]
        for (name, value) in header where name != "__metadata__" {
            guard let value = value as? [String: Any], let dtype = value["dtype"] as? String,
                let shape = value["shape"] as? [Int], let range = value["data_offsets"] as? [Int],
                range.count == 2
            else { throw Malformed(reason: "tensor '\(name)' is not described by dtype, shape and offsets") }
            guard let count = Self.product(shape) else {
                throw Malformed(reason: "tensor '\(name)' has shape \(shape)")
            }
            guard range[0] >= 0, range[1] >= range[0], range[1] <= data.count - start else {
                throw Malformed(reason: "tensor '\(name)' lies at \(range), outside the file")
            }
            entries[name] = Entry(
                dtype: dtype, shape: shape, count: count, bytes: (start + range[0])..<(start + range[1]))
        }
        self.entries = entries
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
