/// How a file stores a tensor's numbers: plainly, or in blocks of whole numbers that share a scale.
///
/// Block layouts: ggml's `ggml-common.h` (https://github.com/ggml-org/ggml). A block's weights lie in one row.
enum TensorFormat: Sendable, Equatable {
    case f32, f16, bf16
    /// 32 weights d q: f16 d, 32 int8 q.
    case q8_0
    /// 32 weights d (q - 8): f16 d, 32 4-bit q, the first 16 in the low halves of 16 bytes.
    case q4_0
    /// 32 weights d q + m: f16 d, f16 m, 32 4-bit q.
    case q4_1
    /// 256 weights in 8 groups, d s q - e m: f16 d, f16 e, 6-bit s and m of each group in 12 bytes, 4-bit q.
    case q4_K
    /// 256 weights in 16 groups, d s (q - 32): 4 low bits, 2 high bits, 16 int8 s, f16 d.
    case q6_K

    var weightsPerBlock: Int {
        switch self {
        case .f32, .f16, .bf16: 1
        case .q8_0, .q4_0, .q4_1: 32
        case .q4_K, .q6_K: 256
        }
    }

    var bytesPerBlock: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .q8_0: 34
        case .q4_0: 18
        case .q4_1: 20
        case .q4_K: 144
        case .q6_K: 210
        }
    }

    /// Bytes of `count` weights; nil where they are no whole blocks, or too many to count.
    func bytes(count: Int) -> Int? {
        guard count >= 0, count % weightsPerBlock == 0 else { return nil }
        let (bytes, overflow) = (count / weightsPerBlock).multipliedReportingOverflow(by: bytesPerBlock)
        return overflow ? nil : bytes
    }

    /// Writes the `count` weights of `bytes`, whose size is `bytes(count:)`, to `target`.
    func decode(_ bytes: UnsafeRawBufferPointer, count: Int, to target: UnsafeMutablePointer<Float>) {
        precondition(bytes.count == self.bytes(count: count), "\(bytes.count) bytes are not \(count) weights")
        guard let base = bytes.baseAddress else { return }
        switch self {
        case .f32: UnsafeMutableRawPointer(target).copyMemory(from: base, byteCount: bytes.count)
        case .f16: for i in 0..<count { target[i] = base.half(2 * i) }
        case .bf16: for i in 0..<count { target[i] = base.brainFloat(2 * i) }
        default:
            for block in 0..<(count / weightsPerBlock) {
                decodeBlock(base + block * bytesPerBlock, target + block * weightsPerBlock)
            }
        }
    }

    private func decodeBlock(_ block: UnsafeRawPointer, _ x: UnsafeMutablePointer<Float>) {
        switch self {
        case .q8_0:
            let d = block.half(0)
            for i in 0..<32 { x[i] = d * Float(block.signed(2 + i)) }
        case .q4_0:
            decodeNibbles(block + 2, scale: block.half(0), zero: 8, offset: 0, x)
        case .q4_1:
            decodeNibbles(block + 4, scale: block.half(0), zero: 0, offset: block.half(2), x)
        case .q4_K: decodeQ4K(block, x)
        case .q6_K: decodeQ6K(block, x)
        case .f32, .f16, .bf16: break
        }
    }

    private func decodeNibbles(
        _ q: UnsafeRawPointer, scale: Float, zero: Float, offset: Float, _ x: UnsafeMutablePointer<Float>
    ) {
        for i in 0..<16 {
            x[i] = scale * (Float(q.byte(i) & 15) - zero) + offset
            x[i + 16] = scale * (Float(q.byte(i) >> 4) - zero) + offset
        }
    }

    private func decodeQ4K(_ block: UnsafeRawPointer, _ x: UnsafeMutablePointer<Float>) {
        let (d, e, packed, q) = (block.half(0), block.half(2), block + 4, block + 16)
        for group in 0..<8 {
            // Groups 0 to 3 have their six bits in the lower bits of bytes 0 to 7; groups 4 to 7 have four bits in
            // bytes 8 to 11 and the other two in the upper bits of bytes 0 to 7.
            let (s, m): (UInt8, UInt8) =
                group < 4
                ? (packed.byte(group) & 63, packed.byte(group + 4) & 63)
                : (
                    packed.byte(group + 4) & 15 | (packed.byte(group - 4) >> 6) << 4,
                    packed.byte(group + 4) >> 4 | (packed.byte(group) >> 6) << 4
                )
            let (scale, minimum) = (d * Float(s), e * Float(m))
            for i in 0..<32 {
                let pair = q.byte(32 * (group / 2) + i)
                x[32 * group + i] = scale * Float(group % 2 == 0 ? pair & 15 : pair >> 4) - minimum
            }
        }
    }

    private func decodeQ6K(_ block: UnsafeRawPointer, _ x: UnsafeMutablePointer<Float>) {
        let (low, high, scales, d) = (block, block + 128, block + 192, block.half(208))
        for half in 0..<2 {
            for quarter in 0..<4 {
                for i in 0..<32 {
                    // A half has 64 bytes of lower bits, whose lower nibbles are of quarters 0 and 1 and whose upper
                    // ones of 2 and 3, and 32 bytes of upper bits, two for each quarter.
                    let pair = low.byte(64 * half + 32 * (quarter % 2) + i)
                    let bits = quarter < 2 ? pair & 15 : pair >> 4
                    let top = (high.byte(32 * half + i) >> UInt8(2 * quarter)) & 3
                    let scale = Float(scales.signed(8 * half + 2 * quarter + i / 16))
                    x[128 * half + 32 * quarter + i] = d * scale * Float(Int(bits | top << 4) - 32)
                }
            }
        }
    }
}

/// A tensor inside a file.
struct StoredTensor: Sendable, Equatable {
    /// Row-major: the last dimension's numbers lie together, so outputs come before inputs.
    var shape: [Int]
    var format: TensorFormat
    /// Where it begins in the file.
    var offset: Int
    var count: Int
}

extension MappedFile {
    /// Writes a tensor's numbers to `target`, if it has the expected shape.
    func read(
        _ tensor: StoredTensor, _ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>
    ) throws(ModelFileError) {
        guard tensor.shape == shape else {
            throw .wrongShape(file: path, tensor: name, expected: shape, found: tensor.shape)
        }
        try withBytes(tensor.offset, tensor.format.bytes(count: tensor.count) ?? 0, "tensor '\(name)'") {
            tensor.format.decode($0, count: tensor.count, to: target)
        }
    }
}

extension UnsafeRawPointer {
    fileprivate func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
    fileprivate func signed(_ offset: Int) -> Int8 { load(fromByteOffset: offset, as: Int8.self) }

    private func word(_ offset: Int) -> UInt16 {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    fileprivate func half(_ offset: Int) -> Float { Float(Float16(bitPattern: word(offset))) }
    fileprivate func brainFloat(_ offset: Int) -> Float { Float(bitPattern: UInt32(word(offset)) << 16) }
}
