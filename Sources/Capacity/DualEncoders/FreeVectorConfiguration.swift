import Options

/// A dual encoder of free vectors and how it is trained on the complete ranking task (definition 3.3).
public struct FreeVectorConfiguration: Hashable, Sendable {
    /// k; the queries are all k! orders of the documents.
    public var documents: Int
    /// n, the length of every vector.
    public var dimension: Int
    /// What a query's score of a document is.
    public var similarity: Similarity
    /// Updates of all vectors, in 1...1,000,000; each sees all queries.
    public var steps: Int
    /// Adam's first step size; it falls to 0 along half a cosine.
    public var learningRate: Double
    /// What differences of scores are divided by: from `first` on, falling geometrically, to `last` at four fifths of the
    /// steps. Vectors on the sphere cannot grow to sharpen the loss.
    public var temperatures: (first: Double, last: Double) { staysOnSphere ? (2, 0.05) : (1, 1) }

    /// Whether vectors are put back on the unit sphere, as section 5.3's are: by inner product, but for one dimension,
    /// where the sphere is two points that no step leads from one to the other.
    public var staysOnSphere: Bool { similarity == .innerProduct && dimension > 1 }

    /// The options given, the others as the lab has them; `validate()` checks their ranges.
    public init(
        documents: Int, dimension: Int, similarity: Similarity, steps: Int = 1000, learningRate: Double = 0.1
    ) {
        self.documents = documents
        self.dimension = dimension
        self.similarity = similarity
        self.steps = steps
        self.learningRate = learningRate
    }

    /// Throws the first option that is outside its legal range.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require((2...8).contains(documents), "documents", documents, "between 2 and 8")
        try ConfigurationError.require(
            (1...64).contains(dimension), "dimension", dimension, "between 1 and 64")
        try ConfigurationError.require(
            (1...1_000_000).contains(steps), "steps", steps, "between 1 and 1000000")
        try ConfigurationError.require(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate, "more than 0")
    }
}
