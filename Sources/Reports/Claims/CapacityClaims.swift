import Capacity

/// What the capacity lab says of section 3's three statements.
///
/// Their evidence is counted and certified, not sampled: a finding holds or does not hold, without an interval.
struct CapacityClaims {
    struct Finding {
        /// What was looked at.
        var statement: String
        /// What was found, in words.
        var found: String
        /// Nil where nothing has been measured.
        var holds: Bool?

        var verdict: Verdict { holds.map { $0 ? .holds : .doesNotHold } ?? .notRun }
    }

    struct Entry {
        var title: String
        var source: String
        var findings: [Finding]

        var verdict: Verdict { Verdict(all: findings.map(\.verdict)) }
    }

    let report: CapacityReport

    var entries: [Entry] { [dualEncoders, embeddings, autoregressive] }

    /// `all` of the measurements of some experiments; nothing where there are none.
    private func finding(
        _ statement: String, _ measurements: [CapacityMeasurement],
        all holds: (CapacityMeasurement) -> Bool
    ) -> Finding {
        let number = measurements.filter(holds).count
        return Finding(
            statement: statement,
            found: measurements.isEmpty
                ? "" : "\(grouped(number)) of \(grouped(measurements.count)) measurements",
            holds: measurements.isEmpty ? nil : number == measurements.count)
    }

    private func measurements(_ experiment: CapacityCell.Experiment) -> [CapacityMeasurement] {
        report.points(experiment).flatMap(\.measurements)
    }
}

// MARK: The statements

extension CapacityClaims {
    private var dualEncoders: Entry {
        let all = measurements(.dualEncoder)
        let below = all.filter {
            Double($0.cell.dimension) < OrderCount.theoremBound(documents: $0.cell.documents)
        }
        let short = all.filter { $0.cell.dimension < $0.cell.documents - 1 }
        let enough = all.filter { $0.cell.dimension == $0.cell.documents - 1 }
        return Entry(
            title: "A dual encoder's dimension must grow linearly with the documents it ranks completely",
            source: "theorem 3.1",
            findings: [
                finding("n below ln k! / (2 ln k): some order is wrong", below) { $0.right < $0.orders },
                finding("n below ln k! / (2 ln k): some order is certified to be out of reach", below) {
                    ($0.certified?.unreachable ?? 0) > 0
                },
                finding("n below k - 1, which is more: some order is certified to be out of reach", short) {
                    ($0.certified?.unreachable ?? 0) > 0
                },
                finding("n = k - 1: training gets all k! orders right", enough) { $0.right == $0.orders },
                finding("trained documents reach exactly as many orders as are counted", all) {
                    $0.certified?.reachable == $0.possible && $0.certified?.unknown == 0
                },
            ])
    }

    private var embeddings: Entry {
        let (permutations, distributions) = (measurements(.permutations), measurements(.distributions))
        func isFull(_ measurement: CapacityMeasurement) -> Bool {
            measurement.cell.dimension == measurement.cell.documents
        }
        return Entry(
            title: "Every permutation and every distribution over tokens needs rank(E') = |V|, and no more",
            source: "propositions 3.1 and 3.2",
            findings: [
                finding("rank(E') = |V|: every permutation is reached", permutations.filter(isFull)) {
                    $0.right == $0.orders
                },
                finding("rank(E') = |V|: every distribution is reached", distributions.filter(isFull)) {
                    $0.right == $0.orders
                },
                finding(
                    "rank(E') < |V|: some permutation is certified to be out of reach",
                    permutations.filter { !isFull($0) }
                ) { ($0.certified?.unreachable ?? 0) > 0 },
                finding(
                    "rank(E') < |V|: no distribution that was drawn is reached",
                    distributions.filter { !isFull($0) }
                ) { $0.right == 0 },
                finding("permutations reached are exactly as many as are counted", permutations) {
                    $0.right == $0.possible
                },
            ])
    }

    private var autoregressive: Entry {
        let tables = measurements(.table)
        let decoders = measurements(.decoder)
        let width = decoders.map(\.cell.dimension).max() ?? 0
        let most = tables.map(\.cell.documents).max() ?? 0
        return Entry(
            title: "An autoregressive ranker of constant width ranks any number of documents",
            source: "section 3.2, corollary 3.1",
            findings: [
                finding(
                    "hidden vectors of width m - 1 give every order asked for, to k = \(grouped(most))",
                    tables
                ) { $0.right == $0.orders },
                finding(
                    "a trained decoder of width \(width) gives every order, to k = "
                        + "\(decoders.map(\.cell.documents).max() ?? 0)",
                    decoders.filter { $0.cell.dimension == width }
                ) { $0.right == $0.orders },
                beyondDualEncoders,
            ])
    }

    /// Whether at each k a decoder of some width gets more orders right, with every seed, than any dual encoder of that
    /// width could.
    private var beyondDualEncoders: Finding {
        let decoders = report.points(.decoder).filter { point in
            point.cell.dimension < point.cell.documents - 1
        }
        let widths = Dictionary(grouping: decoders, by: \.cell.documents).mapValues { points in
            points.filter { point in
                // By distance at least as many orders are possible as by inner product, so this bounds dual encoders of
                // either kind.
                let possible = OrderCount.orders(
                    .distance, dimension: point.cell.dimension, documents: point.cell.documents)
                return point.measurements.allSatisfy { $0.right > possible }
            }.map(\.cell.dimension)
        }.sorted { $0.key < $1.key }
        return Finding(
            statement:
                "at each k some width below k - 1 gives more orders than any dual encoder's n = width can",
            found: widths.map { k, widths in
                "k = \(k): "
                    + (widths.isEmpty ? "none" : widths.map { "width \($0)" }.joined(separator: ", "))
            }.joined(separator: "; "),
            holds: widths.isEmpty ? nil : widths.allSatisfy { !$0.value.isEmpty })
    }
}

extension CapacityClaims {
    /// The claims' lines of the summary: claim, verdict, what holds.
    var summary: TextTable {
        var table = TextTable(header: ["claim", "verdict", "findings that hold"])
        table.rows = entries.map { entry in
            let holding = entry.findings.filter { $0.verdict == .holds }.count
            return [entry.title, entry.verdict.rawValue, "\(holding) of \(entry.findings.count)"]
        }
        return table
    }

    /// The part of the claims page that the lab has evidence for.
    var markdown: String {
        """
        # Section 3, by the capacity lab

        Counted, certified and trained by `make capacity`; tables and picture are in ../figures/capacity.md. A finding holds if it
        does in every measurement.

        \(summary.markdown)
        \(entries.map(section).joined(separator: "\n"))
        """
    }

    private func section(_ entry: Entry) -> String {
        var table = TextTable(header: ["finding", "found in", "verdict"])
        table.rows = entry.findings.map { [$0.statement, $0.found, $0.verdict.rawValue] }
        return """
            ## \(entry.title)

            The paper: \(entry.source). Here: **\(entry.verdict.rawValue)**.

            \(table.markdown)
            """
    }
}
