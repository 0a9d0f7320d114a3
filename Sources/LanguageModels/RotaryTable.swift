import Foundation
import Tensors

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
            let frequency = pow(configuration.rotaryBase, -Double(2 * c) / Double(2 * half))
            for position in 0..<positions {
                let angle = Double(position) * frequency
                cosines.base[position * half + c] = Float(cos(angle))
                sines.base[position * half + c] = Float(sin(angle))
            }
        }
    }
}
