/// Where a pretrained model's weights come from, under the names of Llama checkpoints.
protocol WeightSource: Sendable {
    /// Writes tensor `name` to `target`, which has room for `shape` ([outputs, inputs], row-major).
    func read(_ name: String, shape: [Int], to target: UnsafeMutablePointer<Float>) throws(ModelFileError)

    /// The shape that tensor `name` has in the files; nil where there is none.
    ///
    /// - Throws: `ModelFileError.unsupported` where it is there in a format that is not read here.
    func shape(of name: String) throws(ModelFileError) -> [Int]?

    /// Refuses tensors that a model computes with and nobody here reads.
    ///
    /// Whole numbers are no weights, and some buffers can be made anew: those are left alone.
    /// - Parameter read: The names, as Llama checkpoints have them, of the tensors that are read.
    /// - Throws: `ModelFileError.unsupported` with the first of the others, by name.
    func refuseUnread(_ read: Set<String>) throws(ModelFileError)

    /// The whole model's files, in the order that makes its identity.
    var files: [String] { get }

    /// Called when all tensors have been read: the files need not stay in memory.
    func release()
}

extension ModelFileError {
    /// The refusal of a tensor that nobody reads.
    static func unread(_ name: String, in path: String) -> ModelFileError {
        let isBias = name.hasSuffix(".bias")
        return .unsupported(
            file: path,
            what: "it has the tensor '\(name)', which is not read here"
                + (isBias ? ": models with biases are not" : ", and might change what the model computes"))
    }

    /// The refusal of a tensor in an unknown format.
    static func format(_ name: String, _ type: String, read: String, in path: String) -> ModelFileError {
        .unsupported(file: path, what: "tensor '\(name)' is \(type); \(read) are read")
    }
}
