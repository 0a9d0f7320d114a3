import Foundation

/// A block of 32-bit floats at a fixed, 64-byte aligned address, for weights and workspaces.
///
/// A large block is memory of its own from the system, which gets it back at once: the allocator would keep it for the
/// thread that asked, and workers are other threads each time. Pages that nobody writes to take no memory.
///
/// Shared by reference. Whoever writes must be alone: workers write to disjoint parts only.
public final class FloatBuffer: @unchecked Sendable {
    /// The address of the first float, valid as long as the buffer is.
    public let base: UnsafeMutablePointer<Float>
    /// The number of floats, which may be 0.
    public let count: Int

    /// A buffer of `count` zeros.
    ///
    /// - Parameter isSparse: Whether most of it will never be written; the system then need not have memory for all of it.
    public init(count: Int, isSparse: Bool = false) {
        precondition(count >= 0, "count must not be negative, is \(count)")
        self.count = count
        let bytes = max(count, 1) * 4
        guard bytes < Self.large else {
            // Pages that come from the system are zero, so nothing has to be written here, and
            // untouched ones take no memory.
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | (isSparse ? MAP_NORESERVE : 0)
            let pages = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
            guard let pages, pages != MAP_FAILED else { fatalError("out of memory: \(bytes) bytes") }
            base = pages.bindMemory(to: Float.self, capacity: count)
            return
        }
        // 64 bytes are a line of the cache and the widest vector.
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        base.initialize(repeating: 0, count: max(count, 1))
    }

    /// Bytes from which on a block is the system's.
    private static let large = 1 << 20

    /// A buffer that holds a copy of `values`.
    public convenience init(_ values: [Float]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { base.update(from: start, count: source.count) }
        }
    }

    deinit {
        // The same comparison as in `init`: it alone says where the block came from.
        if count * 4 < Self.large {
            UnsafeMutableRawPointer(base).deallocate()
        } else {
            munmap(base, count * 4)
        }
    }

    /// A copy of all values.
    public var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// The float at `index`, which must lie in `0..<count`.
    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count, "index \(index) is outside 0..<\(count)")
            base[index] = newValue
        }
    }

    /// The place of the first value that is infinite or no number; nil where there is none.
    public var firstNotFinite: Int? { (0..<count).first { !base[$0].isFinite } }

    /// Sets every float to `value`.
    public func fill(_ value: Float) { base.update(repeating: value, count: count) }

    /// Copies `values`, which must have as many elements.
    public func assign(_ values: [Float]) {
        precondition(values.count == count, "expected \(count) values, got \(values.count)")
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { base.update(from: start, count: count) }
        }
    }
}
