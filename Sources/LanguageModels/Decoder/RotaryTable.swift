import Foundation
import Tensors

/// Slower rotations for models that were stretched to longer contexts.
public enum RotaryScaling: Codable, Hashable, Sendable {
    /// Every frequency divided by `factor`.
    case linear(factor: Double)
    /// Llama 3.1's: frequencies of wavelengths beyond `originalPositions / low` divided by `factor`, those below
    /// `originalPositions / high` left alone, those between interpolated.
    case llama3(factor: Double, low: Double, high: Double, originalPositions: Double)

    func scaled(_ frequency: Double) -> Double {
        switch self {
        case .linear(let factor): return frequency / factor
        case .llama3(let factor, let low, let high, let originalPositions):
            let turns = originalPositions * frequency / (2 * Double.pi)
            if turns < low { return frequency / factor }
            if turns > high { return frequency }
            let share = (turns - low) / (high - low)
            return (1 - share) * frequency / factor + share * frequency
        }
    }
}

/// cos and sin of position * base^(-2c/d), for each position and c < d/2.
final class RotaryTable: Sendable {
    let cosines: FloatBuffer
    let sines: FloatBuffer
    let positions: Int

    init(_ configuration: DecoderConfiguration, positions: Int) {
        let half = configuration.headDimension / 2
        self.positions = positions
        cosines = FloatBuffer(count: positions * half)
        sines = FloatBuffer(count: positions * half)
        for c in 0..<half {
            let plain = pow(configuration.rotaryBase, -Double(2 * c) / Double(2 * half))
            let frequency = configuration.rotaryScaling?.scaled(plain) ?? plain
            for position in 0..<positions {
                // In double precision: of a large angle a float has few digits left behind the whole turns.
                let angle = Double(position) * frequency
                cosines.base[position * half + c] = Float(cos(angle))
                sines.base[position * half + c] = Float(sin(angle))
            }
        }
    }
}
