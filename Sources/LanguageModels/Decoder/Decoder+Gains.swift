import CRankKernels
import Tensors

/// Norms' gains, where they are not folded into the weights that follow.
extension DecoderPass {
    /// Normalised inputs as the weights take them: themselves, or times the gain at `gain` in the workspace's scratch,
    /// which holds until the next call.
    func gained(_ x: UnsafeMutablePointer<Float>, rows: Int, gain: Int) -> UnsafePointer<Float> {
        guard !folded.isFolded else { return UnsafePointer(x) }
        workspace.gained.reserve(rows * c.width)
        rk_scale_columns(x, weight(gain), rows, c.width, workspace.gained.base)
        return UnsafePointer(workspace.gained.base)
    }

    /// From the gradient `d` of gained inputs to that of the normalised inputs `x`, in place, and the gain's own where
    /// gains learn.
    func gainBackward(
        _ d: UnsafeMutablePointer<Float>, _ x: UnsafeMutablePointer<Float>, rows: Int, gain: Int,
        _ gradient: UnsafeMutablePointer<Float>
    ) {
        guard !folded.isFolded else { return }
        guard learning.hasGains else {
            rk_scale_columns(d, weight(gain), rows, c.width, d)
            return
        }
        rk_scale_columns_backward(d, x, weight(gain), rows, c.width, gradient + gain)
    }
}
