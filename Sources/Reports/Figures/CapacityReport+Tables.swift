import Capacity

extension CapacityReport {
    /// The numbers of documents at which the curves of the least dimension stand.
    static let counted = Array(2...OrderCount.largest)

    /// The form that other people's programs read; a change of it needs a line in CHANGELOG.md.
    var csv: String {
        var table = TextTable(header: [
            "experiment", "variant", "documents", "dimension", "seed", "orders", "right", "possible",
            "theorem_limit", "reachable", "unreachable", "unknown", "budget",
        ])
        for documents in CapacityReport.counted {
            let bound = OrderCount.theoremBound(documents: documents)
            table.rows.append(counted("theorem 3.1", documents, decimal(bound, 4)))
            for similarity in Similarity.allCases {
                let least = OrderCount.leastDimension(similarity, documents: documents)
                table.rows.append(counted(similarity.rawValue, documents, String(least)))
            }
        }
        table.rows += points.flatMap(\.measurements).map(row)
        return table.csv
    }

    private func counted(_ variant: String, _ documents: Int, _ dimension: String) -> [String] {
        ["least dimension", variant, String(documents), dimension]
            + [String](repeating: "", count: 8) + ["counted"]
    }

    private func row(_ measurement: CapacityMeasurement) -> [String] {
        let cell = measurement.cell
        let certified = measurement.certified
        let counts = [
            measurement.orders, measurement.right, measurement.possible, measurement.theoremLimit,
            certified?.reachable, certified?.unreachable, certified?.unknown,
        ]
        return [
            cell.experiment.rawValue, cell.variant, String(cell.documents), String(cell.dimension),
            String(cell.seed),
        ] + counts.map { $0.map(String.init) ?? "" } + [cell.budget]
    }

    /// What k documents need: the theorem, the exact count, and what training and constructions took.
    var leastDimensions: TextTable {
        var table = TextTable(header: [
            "k", "theorem 3.1: more than", "exact", "trained, distance", "trained, sphere", "table",
            "decoder",
        ])
        let documents = Set(points.map(\.cell.documents)).union(2...7).sorted()
        table.rows = documents.map { k in
            let bound = k <= OrderCount.largest ? decimal(OrderCount.theoremBound(documents: k), 2) : ""
            let trained = Similarity.allCases.map { leastDimension(.dualEncoder, $0.rawValue, documents: k) }
            let autoregressive = [CapacityCell.Experiment.table, .decoder].map {
                leastDimension($0, "m = 2", documents: k)
            }
            return [String(k), bound, String(k - 1)]
                + (trained + autoregressive).map { $0.map(String.init) ?? "" }
        }
        return table
    }

    /// Orders that dual encoders get right, and that they could.
    var dualEncoders: TextTable {
        var table = TextTable(header: [
            "k", "n", "k!", "theorem's limit", "distance: possible", "documents reach", "trained",
            "sphere: possible", "documents reach", "trained",
        ])
        for first in points(.dualEncoder, Similarity.distance.rawValue) {
            let (k, n) = (first.cell.documents, first.cell.dimension)
            var cells = [
                String(k), String(n), grouped(first.orders),
                grouped(OrderCount.theoremLimit(dimension: n, documents: k)),
            ]
            for similarity in Similarity.allCases {
                let point = points(.dualEncoder, similarity.rawValue, documents: k).first {
                    $0.cell.dimension == n
                }
                let measurements = point?.measurements ?? []
                cells += [
                    grouped(OrderCount.orders(similarity, dimension: n, documents: k)),
                    span(measurements.map { $0.certified?.reachable }), span(measurements.map(\.right)),
                ]
            }
            table.rows.append(cells)
        }
        return table
    }

    /// What hidden vectors reach with embeddings of a given rank.
    var embeddings: TextTable {
        var table = TextTable(header: [
            "|V|", "rank(E')", "|V|!", "counted", "permutations reached", "distributions reached",
        ])
        let cells = points(.permutations).map { [$0.cell.documents, $0.cell.dimension] }
        for key in Set(cells).sorted(by: { ($0[0], $0[1]) < ($1[0], $1[1]) }) {
            func all(_ experiment: CapacityCell.Experiment) -> [CapacityMeasurement] {
                points(experiment, documents: key[0]).filter { $0.cell.dimension == key[1] }
                    .flatMap(\.measurements)
            }
            let (permutations, distributions) = (all(.permutations), all(.distributions))
            table.rows.append([
                String(key[0]), String(key[1]), span(permutations.map(\.orders)),
                span(permutations.map(\.possible)), span(permutations.map(\.right)),
                "\(span(distributions.map(\.right))) of \(span(distributions.map(\.orders)))",
            ])
        }
        return table
    }

    /// Orders that autoregressive rankers get right, a column for each width.
    func autoregressive(_ experiment: CapacityCell.Experiment) -> TextTable {
        let members = points(experiment)
        let widths = Set(members.map(\.cell.dimension)).sorted()
        var table = TextTable(header: ["k", "orders"] + widths.map { "width \($0)" })
        for k in Set(members.map(\.cell.documents)).sorted() {
            let row = members.filter { $0.cell.documents == k }
            table.rows.append(
                [String(k), span(row.map(\.orders))]
                    + widths.map { width in
                        span(
                            row.filter { $0.cell.dimension == width }.flatMap(\.measurements).map(\.right))
                    })
        }
        return table
    }
}
