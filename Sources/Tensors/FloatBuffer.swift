/// A block of 32-bit floats at a fixed, 64-byte aligned address, for weights and workspaces.
///
/// Shared by reference. Whoever writes must be alone: workers write to disjoint parts only.
public final class FloatBuffer: @unchecked Sendable {
    public let base: UnsafeMutablePointer<Float>
    public let count: Int

    /// A buffer of `count` zeros.
    public init(count: Int) {
        precondition(count >= 0, "count must not be negative, is \(count)")
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: max(count, 1))
        base.initialize(repeating: 0, count: max(count, 1))
        self.count = count
    }

    public convenience init(_ values: [Float]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { base.update(from: start, count: source.count) }
        }
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    public var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

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

    public func fill(_ value: Float) { base.update(repeating: value, count: count) }

    /// Copies `values`, which must have as many elements.
    public func assign(_ values: [Float]) {
        precondition(values.count == count, "expected \(count) values, got \(values.count)")
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { base.update(from: start, count: count) }
        }
    }
}
