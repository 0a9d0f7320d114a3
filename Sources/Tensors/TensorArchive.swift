import Foundation

/// Named tensors and strings, and their file: safetensors, which other people's programs read.
///
/// `SafetensorsHeader` has the layout. This type holds and reads F32 alone.
public struct TensorArchive: Sendable, Equatable {
    /// Numbers and how they are arranged.
    public struct Tensor: Sendable, Equatable {
        /// The dimensions, outermost first; their product is the number of values.
        public var shape: [Int]
        /// The numbers, the last dimension's neighbours beside each other.
        public var values: [Float]

        /// A tensor of `values`, as many as the product of `shape`.
        public init(shape: [Int], values: [Float]) {
            precondition(
                shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
            self.shape = shape
            self.values = values
        }
    }

    /// The tensors by name.
    public var tensors: [String: Tensor]
    /// Strings by name: a position, a vocabulary, what belongs to the tensors and is no tensor.
    public var metadata: [String: String]

    /// An archive in memory; `write(to:)` makes a file of it.
    public init(tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The tensor `name`, which must have this shape.
    public func values(_ name: String, shape: [Int]) throws(TensorArchiveError) -> [Float] {
        guard let tensor = tensors[name] else { throw .missing(name: name) }
        guard tensor.shape == shape else {
            throw .wrongShape(name: name, expected: shape, found: tensor.shape)
        }
        return tensor.values
    }

    /// The whole number that the string `name` is written as.
    ///
    /// - Throws: `TensorArchiveError.missing` where there is no such string, or it is no number.
    public func integer(_ name: String) throws(TensorArchiveError) -> Int {
        guard let text = metadata[name], let value = Int(text) else { throw .missing(name: name) }
        return value
    }
}

/// What can be wrong with a tensor file.
public enum TensorArchiveError: Error, Equatable, CustomStringConvertible {
    case missing(name: String)
    case wrongShape(name: String, expected: [Int], found: [Int])
    case malformed(file: String, reason: String)

    /// What is wrong, and where.
    public var description: String {
        switch self {
        case .missing(let name):
            "the archive has no '\(name)': it belongs to another configuration or version"
        case .wrongShape(let name, let expected, let found):
            "tensor '\(name)' has shape \(found), expected \(expected)"
        case .malformed(let file, let reason):
            "\(file) is not a whole safetensors file: \(reason)"
        }
    }
}

extension TensorArchive {
    /// The file's bytes; equal archives give equal bytes.
    public func encoded() -> Data {
        var data = Self.header(tensors.mapValues(\.shape), metadata)
        for name in tensors.keys.sorted() {
            tensors[name]!.values.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        return data
    }

    /// What stands before the tensors: the header's length and the header.
    private static func header(
        _ shapes: [String: [Int]], _ metadata: [String: String], integers: Set<String> = []
    ) -> Data {
        var header: [String: Any] = [:]
        if !metadata.isEmpty { header["__metadata__"] = metadata }
        var offset = 0
        for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            let end = offset + shape.reduce(4, *)
            header[name] =
                [
                    "dtype": integers.contains(name) ? "I32" : "F32", "shape": shape,
                    "data_offsets": [offset, end],
                ]
                as [String: Any]
            offset = end
        }
        // Only strings and integers went in, so this cannot fail.
        var json = (try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])) ?? Data()
        // Blanks behind the JSON let the tensors begin at a multiple of 8, as the format wants
        // it for aligned reading.
        while json.count % 8 != 0 { json.append(0x20) }
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
    }

    /// Writes to a temporary neighbour, syncs it and renames it, so that a crash leaves the old file or the new.
    ///
    /// - Throws: `FileFailure`.
    public func write(to url: URL) throws {
        try Self.write(tensors.mapValues(\.shape), metadata: metadata, to: url) { name, body in
            try tensors[name]!.values.withUnsafeBytes(body)
        }
    }

    /// The same for tensors that lie where they are used, so that a large model is not held twice.
    ///
    /// - Parameters:
    ///   - integers: Names of tensors that hold 32-bit integers in place of floats; this type does not read those.
    ///   - bytes: Called once for each name, in the order of names; hands the tensor's numbers to its closure.
    public static func write(
        _ shapes: [String: [Int]], integers: Set<String> = [], metadata: [String: String], to url: URL,
        bytes: (_ name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try FileFailure.naming(url) {
            try replace(url, header(shapes, metadata, integers: integers), shapes.keys.sorted(), bytes)
        }
    }

    private static func replace(
        _ url: URL, _ header: Data, _ names: [String],
        _ bytes: (String, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        let temporary = TemporaryFile.beside(url)
        do {
            try header.write(to: temporary)
            let handle = try FileHandle(forWritingTo: temporary)
            // What could fail has been told by `synchronize`: closing loses nothing.
            defer { try? handle.close() }
            try handle.seekToEnd()
            for name in names {
                try bytes(name) { tensor in
                    // A tensor without numbers has no address, and no bytes to write.
                    guard let start = tensor.baseAddress else { return }
                    // The tensor's own memory, which is only read: a copy of a large model would need as much again.
                    let borrowed = Data(
                        bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: tensor.count,
                        deallocator: .none)
                    try handle.write(contentsOf: borrowed)
                }
            }
            // Before the name changes, the contents must be on the disk.
            try handle.synchronize()
            guard rename(temporary.path, url.path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw error
        }
    }

    /// Reads a file.
    ///
    /// - Throws: `FileFailure` where it cannot be read, `TensorArchiveError.malformed` where it is no whole safetensors file.
    public init(contentsOf url: URL) throws {
        try self.init(
            // Mapped and not read: each tensor is copied out of it, so that the file is not in memory a second time.
            FileFailure.naming(url) { try Data(contentsOf: url, options: .alwaysMapped) }, file: url.path)
    }

    /// Decodes a file's bytes; every size and offset is checked before it is used.
    public init(_ data: Data, file: String) throws(TensorArchiveError) {
        let header: SafetensorsHeader
        do { header = try SafetensorsHeader(data) } catch {
            throw .malformed(file: file, reason: error.reason)
        }
        metadata = header.metadata
        tensors = [:]
        for (name, entry) in header.entries {
            // Divided, because the product of a claimed count and 4 might overflow.
            guard entry.dtype == "F32", entry.bytes.count / 4 == entry.count, entry.bytes.count % 4 == 0
            else {
                throw .malformed(
                    file: file,
                    reason:
                        "tensor '\(name)' is \(entry.dtype) of shape \(entry.shape) in \(entry.bytes.count) bytes"
                )
            }
            let values = [Float](unsafeUninitializedCapacity: entry.count) { target, initialized in
                data.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(target).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: source[entry.bytes]))
                }
                initialized = entry.count
            }
            tensors[name] = Tensor(shape: entry.shape, values: values)
        }
    }
}
