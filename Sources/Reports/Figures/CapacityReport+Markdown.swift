import Capacity

extension CapacityReport {
    var markdown: String {
        """
        # What dual encoders and autoregressive rankers can express

        \(header.map { "- \($0)\n" }.joined())
        The picture is capacity.svg, every measurement is in capacity.csv, and what it says of the paper's claims is in
        ../tables/claims.md.

        ## What k documents need

        The complete task asks for all k! orders of k documents. Theorem 3.1 says that a dual encoder needs more than the bound;
        by the exact count (Good and Tideman 1977; Cover 1967) it needs k - 1, by distance and by inner product alike. The other
        columns are the least n, or width, from which on every seed got every order right (beyond k = 7 every one of a sample).
        Table and decoder have docIDs of two tokens. The decoder's width is what its budget of training took, not what it
        must have.

        A table has one hidden vector for each prefix of a docID, (m^L - 1) / (m - 1) of them for docIDs of L tokens: with binary
        docIDs and k = 2^L they are k - 1 numbers a query, as many as the query vector of a dual encoder must have. An
        autoregressive ranker's width stays as it is because the number of its hidden vectors grows.

        \(leastDimensions.markdown)
        ## Dual encoders of free vectors

        Orders, of k!: those that the proof of theorem 3.1 allows at most; for either similarity the exact maximum, those
        that the trained documents reach with the best query vectors (certified one by one), and those that trained
        queries got right. Ranges are over seeds. Where not all orders are possible, training finds documents that reach as
        many as any could, but queries mostly see fewer.

        \(dualEncoders.markdown)
        ## Propositions 3.1 and 3.2

        Random embeddings E of so many tokens. Counted are the orders by inner product in rank(E') - 1 dimensions. Ranges are
        over seeds and over E with the vector of ones in its span and without.

        \(embeddings.markdown)
        ## Autoregressive rankers

        A table of free hidden vectors (the infinite-capacity model), of width m - 1 for docIDs of m tokens:

        \(autoregressive(.table).markdown)
        A decoder trained with equation 11 on orders that its prompt names, with binary docIDs. Its width is what section 3.2 calls
        n; heads and perceptrons have the same sizes at every width. Ranges are over seeds. A width of less than k - 1 at which more
        orders are right than are possible for a dual encoder of that n (table above) is what section 3.2 promises.

        \(autoregressive(.decoder).markdown)
        """
    }

    private var header: [String] {
        guard !points.isEmpty else { return ["Nothing has been measured yet."] }
        let measurements = points.flatMap(\.measurements)
        let unknown = measurements.reduce(0) { $0 + ($1.certified?.unknown ?? 0) }
        let certified = measurements.compactMap(\.certified).reduce(0) {
            $0 + $1.reachable + $1.unreachable + $1.unknown
        }
        let spent = CapacityCell.Experiment.allCases.compactMap { experiment in
            let budgets = distinct(points(experiment).map(\.cell.budget), separator: " or ")
            return budgets.isEmpty ? nil : "\(experiment.rawValue): \(budgets)"
        }
        return [
            "\(grouped(measurements.count)) measurements, seeds \(distinct(measurements.map(\.cell.seed).sorted())).",
            "\(grouped(certified)) orders proved to be reached or not to be, and \(grouped(unknown)) left open.",
            "Budgets: \(spent.joined(separator: ". ")).",
        ]
    }
}
