extension PackedBatch {
    /// Rows whose logits the loss needs.
    public var targetRows: Int { targets.count }

    /// Floating-point operations in the matrix products of one forward and backward pass over this
    /// batch's targets: 2 for each multiply-add, backward twice the forward.
    ///
    /// Attention's own products, norms and the softmax are left out: they are a few per cent.
    public func trainingOperations(_ c: DecoderConfiguration) -> Double {
        let promptsAsk = (targets.first?.row ?? rows) < promptRows
        var multiplyAdds = targetRows * c.vocabulary * c.width
        for layer in 0..<c.layers {
            let asking = layer == c.layers - 1 && !promptsAsk ? rows - promptRows : rows
            multiplyAdds += rows * c.width * (c.qkvWidth - c.mixedWidth)
            multiplyAdds += asking * c.width * (2 * c.mixedWidth + 3 * c.feedForward)
        }
        return 6 * Double(multiplyAdds)
    }
}
