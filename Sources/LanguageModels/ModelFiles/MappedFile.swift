import Foundation

/// A file mapped into memory; every access is checked against its size.
struct MappedFile: Sendable {
    let path: String
    let data: Data

    /// Maps a plain file.
    ///
    /// - Throws: `ModelFileError.unreadable` for what is not there or may not be read, and for pipes and devices: a model is
    ///   read more than once, its weights last of all.
    init(_ path: String) throws(ModelFileError) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a pipe or device"
            throw .unreadable(file: path, reason: "it is \(kind); a model is read from plain files")
        }
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw .unreadable(file: path, reason: (error as NSError).localizedDescription)
        }
    }

    /// A file's bytes that are in memory already.
    init(_ data: Data, path: String) {
        self.path = path
        self.data = data
    }

    var count: Int { data.count }

    /// Tells the system that the file's pages need not stay in this process's memory. Whoever reads on gets them back.
    func release() {
        #if os(Linux)
            // MADV_PAGEOUT, since Linux 5.4; an older one refuses, and the pages stay until they are wanted elsewhere.
            let pageOut: Int32 = 21
            data.withUnsafeBytes { bytes in
                // `madvise` takes whole pages; bytes that begin elsewhere are no mapped file.
                guard let base = bytes.baseAddress, Int(bitPattern: base) % Int(getpagesize()) == 0 else {
                    return
                }
                _ = madvise(UnsafeMutableRawPointer(mutating: base), bytes.count, pageOut)
            }
        #endif
    }

    /// Calls `body` with the bytes `start..<start + length`.
    func withBytes<Result>(
        _ start: Int, _ length: Int, _ what: String, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(ModelFileError) -> Result {
        guard start >= 0, length >= 0, start <= count, length <= count - start else {
            throw .malformed(file: path, reason: "\(what) lies beyond the file's \(count) bytes")
        }
        return data.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + length)])) }
    }
}

/// Reads little-endian values one after another.
struct ByteReader {
    let file: MappedFile
    private(set) var offset = 0

    init(_ file: MappedFile) { self.file = file }

    var remaining: Int { file.count - offset }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type, _ what: String) throws(ModelFileError)
        -> Value
    {
        let size = MemoryLayout<Value>.size
        // Values follow each other without padding, at addresses that are no multiple of their size.
        let value = try file.withBytes(offset, size, what) {
            Value(littleEndian: $0.loadUnaligned(as: Value.self))
        }
        offset += size
        return value
    }

    /// A count of things of which each takes at least `elementBytes` of what is left of the file.
    mutating func count(elementBytes: Int, _ what: String) throws(ModelFileError) -> Int {
        let claimed = try integer(UInt64.self, what)
        // Divided, as a claimed count times a size might overflow.
        guard claimed <= UInt64(remaining / elementBytes) else {
            throw .malformed(file: file.path, reason: "\(what) is \(claimed), more than the file can hold")
        }
        return Int(claimed)
    }

    /// A 64-bit length and as many bytes of UTF-8.
    mutating func string(_ what: String) throws(ModelFileError) -> String {
        let length = try count(elementBytes: 1, "the length of \(what)")
        let text = try file.withBytes(offset, length, what) { String(validating: $0, as: UTF8.self) }
        guard let text else { throw .malformed(file: file.path, reason: "\(what) is no UTF-8 text") }
        offset += length
        return text
    }
}
