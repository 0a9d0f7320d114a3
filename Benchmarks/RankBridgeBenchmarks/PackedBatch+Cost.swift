import LanguageModels

extension PackedBatch {
    /// Floating-point operations in the matrix products of one forward and backward pass over this
    /// batch's targets: 2 for each multiply-add, backward twice the forward.
    ///
    /// Attention's own products, norms and the softmax are left out: they are a few per cent.
    func trainingOperations(_ c: DecoderConfiguration) -> Double {
        let (mixed, keys) = (c.heads * c.headDimension, 2 * c.keyValueHeads * c.headDimension)
        var multiplyAdds = targetRows * c.vocabulary * c.width
        for layer in 0..<c.layers {
            let asking = layer == c.layers - 1 && !promptsHaveTargets ? rows - promptRows : rows
            multiplyAdds += rows * c.width * keys
            multiplyAdds += asking * c.width * (2 * mixed + 3 * c.feedForward)
        }
        return 6 * Double(multiplyAdds)
    }
}
