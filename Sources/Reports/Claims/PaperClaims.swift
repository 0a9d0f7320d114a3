import RankingMetrics

extension Claim {
    /// What the paper says of WordNet, then of product search, in the order in which it says it.
    static let all: [Claim] =
        [
            rankAwarenessCutsViolations, fractionalBeatsStepwise, topRankIsBestForNextToken,
            laterRanksWantAlphaTwo,
            trieTargetsLiftLaterRanks, largeBetaIsOneHot, combinedLargeBetaIsOneHot, recallGrowsWithDimension,
            strongerThanDualEncoders, alphaLiftsDualEncoders, alphaLiftsCrossEncoders,
        ] + search(.titles) + search(.vectors) + [structuredDocIDsHelp, structuredDocIDsHelpTrieTargets]

    private static func table1(_ row: String) -> RowName { RowName(sweep: "table1", row: row) }
    private static func table3(_ row: String) -> RowName { RowName(sweep: "table3", row: row) }
    private static func figure4(_ panel: String, _ row: String) -> RowName {
        RowName(sweep: "figure4", panel: panel, row: row)
    }
    private static func R(_ k: Int) -> Metric { Metric.rAt(k) }

    private static let fractional = (1...5).map { table1("frac_a\($0)") }
    private static let trie = (1...5).map { table1("trie_b\($0)") }
    private static let ntp = table1("ntp")
    private static let stepwise = table1("stepwise")

    private static let rankAwarenessCutsViolations = Claim(
        title: "Every rank-aware loss cuts the constraint violation rate",
        source: "section 5.2, Table 1",
        comparisons: (fractional + [stepwise] + trie).map { .less($0, ntp, Metric.cvr) })

    private static let fractionalBeatsStepwise = Claim(
        title: "Fractional item weights beat the stepwise ones at R@1",
        source: "section 5.2, Table 1", comparisons: fractional.map { .more($0, stepwise, R(1)) })

    private static let topRankIsBestForNextToken = Claim(
        title: "R@1 is highest for NTP, and higher the more a loss is like NTP",
        source: "Table 1",
        comparisons: [
            .more(ntp, table1("frac_a1"), R(1)), .more(ntp, stepwise, R(1)),
            .more(ntp, table1("trie_b1"), R(1)),
            .more(table1("frac_a5"), table1("frac_a1"), R(1)),
            .more(table1("trie_b5"), table1("trie_b1"), R(1)),
        ])

    private static let laterRanksWantAlphaTwo = Claim(
        title: "Beyond rank 1, R@k is highest for alpha of about 2 to 3",
        source: "Table 1, appendix D",
        comparisons: [ntp, table1("frac_a1"), table1("frac_a5"), stepwise].map {
            .more([table1("frac_a2"), table1("frac_a3")], $0, meanOf: (2...5).map(Metric.rAt))
        })

    private static let trieTargetsLiftLaterRanks = Claim(
        title: "Trie targets lift R@2 and up over NTP",
        source: "section 5.2, Table 1",
        comparisons: trie.flatMap { row in (2...5).map { .more(row, ntp, R($0)) } })

    private static let largeBetaIsOneHot = Claim(
        title: "Trie targets approach one-hot ones as beta grows",
        source: "section 4.3, Table 1",
        approaches: [Metric.cvr, R(1)].map {
            Approach(near: table1("trie_b5"), far: table1("trie_b1"), target: ntp, metric: $0)
        })

    private static let combinedLargeBetaIsOneHot = Claim(
        title: "The combined loss approaches its one-hot form as beta grows",
        source: "appendix D, Table 3",
        approaches: [R(1), R(2)].map {
            Approach(near: table3("comb_b25"), far: table3("comb_b1"), target: table1("frac_a2"), metric: $0)
        })

    private static let recallGrowsWithDimension = Claim(
        title: "R@k of dual encoders grows with their dimension",
        source: "Figure 4a",
        comparisons: [(8, 4), (16, 8), (32, 16)].flatMap { wide, narrow in
            [1, 3, 5].map { .more(figure4("a", "de_n\(wide)"), figure4("a", "de_n\(narrow)"), R($0)) }
        })

    private static let strongerThanDualEncoders = Claim(
        title: "The cross encoder and the autoregressive ranker are above dual encoders",
        source: "section 5.3, Figure 4a",
        comparisons: ["ce", "arr"].flatMap { row in
            [1, 3, 5].map { .more(figure4("a", row), figure4("a", "de_n32"), R($0)) }
        })

    private static let alphaLiftsDualEncoders = Claim(
        title: "alpha lifts R@k of dual encoders at small k",
        source: "section 5.3, Figure 4b",
        comparisons: (1...5).flatMap { alpha in
            [1, 2].map { .more(figure4("b", "de_a\(alpha)"), figure4("b", "de_a0"), R($0)) }
        })

    private static let alphaLiftsCrossEncoders = Claim(
        title: "alpha lifts R@k of cross encoders at small k",
        source: "section 5.3, Figure 4c",
        comparisons: (1...5).flatMap { alpha in
            [1, 2].map { .more(figure4("c", "ce_a\(alpha)"), figure4("c", "ce_a0"), R($0)) }
        })

    // MARK: Product search

    /// Rows of Table 2 whose prompts show titles, and those whose prompts hold a vector for each.
    private enum SearchRows: String {
        case titles = ""
        case vectors = "vectors_"

        /// What a claim's title says of the rows.
        var place: String {
            switch self {
            case .titles: "In product search"
            case .vectors: "In product search, with titles as vectors,"
            }
        }
        var ntp: RowName { row("ntp") }
        var trie: [RowName] { (1...5).map { row("trie_b\($0)") } }

        func row(_ name: String) -> RowName { RowName(sweep: "table2", row: rawValue + name) }
    }

    private static func trieTargetsLift(_ rows: SearchRows) -> Claim {
        Claim(
            title: "\(rows.place) trie targets lift R@2 to R@25 and nDCG over NTP",
            source: "section 5.2, Table 2",
            comparisons: rows.trie.flatMap { row in
                [R(2), R(5), R(10), R(25), Metric.ndcg].map { .more(row, rows.ntp, $0) }
            })
    }

    private static func nextTokenFindsTheFirst(_ rows: SearchRows) -> Claim {
        Claim(
            title: "\(rows.place) trie targets cost R@1",
            source: "section 5.2, Table 2", comparisons: rows.trie.map { .more(rows.ntp, $0, R(1)) })
    }

    private static func smallBetaIsBest(_ rows: SearchRows) -> Claim {
        Claim(
            title: "\(rows.place) R@5 and R@10 are higher for beta = 2 than for beta = 5",
            source: "Table 2",
            comparisons: [R(5), R(10)].map { .more(rows.row("trie_b2"), rows.row("trie_b5"), $0) })
    }

    private static func search(_ rows: SearchRows) -> [Claim] {
        [trieTargetsLift(rows), nextTokenFindsTheFirst(rows), smallBetaIsBest(rows)]
    }

    // MARK: Kinds of docIDs

    /// Kinds of docIDs that follow what titles say; the paper's is of the first two.
    private static let structured = ["random_titles", "learned", "residual", "hierarchy"]
    private static func docIDs(_ row: String) -> RowName { RowName(sweep: "docids", row: row) }
    private static let docIDMetrics = [R(2), R(5), R(10), Metric.ndcg]

    private static let structuredDocIDsHelp = Claim(
        title:
            "In product search trie targets rank better with docIDs that follow the titles than with random ones",
        source: "section 5.1 (docIDs \"structured enough\" for trie targets)",
        comparisons: structured.flatMap { kind in
            docIDMetrics.map { .more(docIDs("\(kind)_trie_b2"), docIDs("random_trie_b2"), $0) }
        })

    private static let structuredDocIDsHelpTrieTargets = Claim(
        title: "In product search trie targets gain more over NTP with docIDs that follow the titles",
        source: "section 5.1 (docIDs \"structured enough\" for trie targets)",
        comparisons: structured.flatMap { kind in
            docIDMetrics.map {
                .gain(
                    docIDs("\(kind)_trie_b2"), over: docIDs("\(kind)_ntp"),
                    moreThan: docIDs("random_trie_b2"), over: docIDs("random_ntp"), $0)
            }
        })
}
