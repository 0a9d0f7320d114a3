import Foundation

/// A named stream of random numbers: the same (seed, name, index) gives the same numbers on every
/// machine, whatever else was drawn before.
///
/// The generator is SplitMix64 (Steele, Lea, Flood 2014, DOI 10.1145/2714064.2660195), started from
/// a FNV-1a hash of the name mixed with seed and index.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64
    private var spareNormal: Float?

    /// - Parameters:
    ///   - seed: The run's seed.
    ///   - name: What the numbers are for, say `"wordnet.negatives"`.
    ///   - index: Which of many such streams: a step, or a query.
    public init(seed: UInt64, name: String, index: UInt64 = 0) {
        // The offset basis and the prime of FNV-1a for 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        // Each number is mixed before it joins the state: neighbouring seeds or indices then
        // start far from each other.
        state = RandomStream.mix(hash ^ RandomStream.mix(seed &+ 0x9e37_79b9_7f4a_7c15))
        state = RandomStream.mix(state ^ RandomStream.mix(index &+ 0x632b_e59b_d9b4_e019))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// The next 64 random bits; any of them may be used.
    public mutating func next() -> UInt64 {
        // 2^64 divided by the golden ratio, an odd number, so that the state takes all 2^64 values.
        state &+= 0x9e37_79b9_7f4a_7c15
        return RandomStream.mix(state)
    }

    /// Uniform in 0..<bound, without bias (Lemire 2019, DOI 10.1145/3230636).
    public mutating func uniform(below bound: Int) -> Int {
        precondition(bound > 0, "bound must be positive, is \(bound)")
        let range = UInt64(bound)
        // The upper word is the draw. Only a lower word below 2^64 mod `range` would favour some draws, and it is
        // compared with `range` first because the remainder costs a division and is seldom needed.
        var product = next().multipliedFullWidth(by: range)
        if product.low < range {
            let threshold = (0 &- range) % range
            while product.low < threshold { product = next().multipliedFullWidth(by: range) }
        }
        return Int(product.high)
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    public mutating func uniformFloat() -> Float {
        // 24 bits are what a float's significand holds: with more, the largest draw would round up to 1.
        Float(next() >> 40) * 0x1p-24
    }

    /// Normal with mean 0 and variance 1 (Marsaglia's polar method, DOI 10.1137/1006063).
    public mutating func normal() -> Float {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        while true {
            // A point in the unit circle gives two independent normals; those outside would
            // make some directions more probable.
            let u = 2 * Double(uniformFloat()) - 1
            let v = 2 * Double(uniformFloat()) - 1
            let s = u * u + v * v
            guard s > 0, s < 1 else { continue }
            let factor = (-2 * log(s) / s).squareRoot()
            spareNormal = Float(v * factor)
            return Float(u * factor)
        }
    }

    /// Fisher-Yates shuffle of `elements`.
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            // `uniform(below:)` in place of the standard library's `shuffled`, whose algorithm
            // may change with a version of Swift.
            elements.swapAt(last, uniform(below: last + 1))
        }
    }

    /// The numbers 0..<count in random order.
    public mutating func permutation(_ count: Int) -> [Int32] {
        var order = (0..<Int32(count)).map { $0 }
        shuffle(&order)
        return order
    }
}
