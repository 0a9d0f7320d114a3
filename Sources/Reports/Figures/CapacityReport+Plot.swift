import Capacity
import Foundation

extension CapacityReport {
    /// A set of axes with its curves.
    private struct Panel {
        var title: String
        var x: String
        var y: String
        /// Further gnuplot settings of this panel alone.
        var settings: [String]
        var curves: [Curve] = []
    }

    private struct Curve {
        /// x, y and the ends of a bar; the ends are y's own where there is none.
        var points: [(x: Double, y: Double, low: Double, high: Double)]
        var style: String
        var title: String?

        init(_ points: [(Double, Double)], _ style: String, title: String?) {
            self.points = points.map { ($0.0, $0.1, $0.1, $0.1) }
            self.style = style
            self.title = title
        }

        /// Means over seeds in percent, from the smallest to the largest.
        init(_ members: [Point], x: (CapacityCell) -> Int, _ style: String, title: String?) {
            points = members.map {
                (Double(x($0.cell)), 100 * $0.share, 100 * $0.low, 100 * $0.high)
            }
            self.style = style
            self.title = title
        }
    }

    /// The gnuplot script: six panels, each with its own legend below it.
    var plot: String {
        // `noenhanced`, because gnuplot otherwise reads `_`, `^` and `{` in titles as marks of its own.
        let panels = [
            neededDimensions, orders(.distance, "b"), orders(.innerProduct, "c"), embeddingRanks,
            constantWidth, decoderWidths,
        ]
        return """
            set encoding utf8
            set terminal svg size 1500,1250 dynamic noenhanced font "Helvetica,15" background "white"
            set multiplot
            set border 3 lc rgb "#444444"
            set tics nomirror out
            set grid ytics lc rgb "#dddddd"
            set bars 0.6
            \(panels.enumerated().map { script($1, column: $0 % 3, row: $0 / 3) }.joined(separator: "\n"))
            unset multiplot

            """
    }

    private func script(_ panel: Panel, column: Int, row: Int) -> String {
        let (left, bottom) = (0.055 + Double(column) * 0.325, row == 0 ? 0.67 : 0.18)
        let name = "p\(row)\(column)c"
        let blocks = panel.curves.enumerated().map { index, curve in
            "$\(name)\(index) << EOD\n"
                + curve.points.map {
                    String(format: "%.6g %.6g %.6g %.6g\n", $0.x, $0.y, $0.low, $0.high)
                }.joined() + "EOD"
        }
        let plots = panel.curves.enumerated().map { index, curve in
            "$\(name)\(index) \(curve.style) "
                + (curve.title.map { "title \(Escaping.gnuplot($0))" } ?? "notitle")
        }
        // What one panel sets holds for those after it, so each begins by taking back what only some of them set.
        let head = """
            set lmargin at screen \(left)
            set rmargin at screen \(left + 0.26)
            set bmargin at screen \(bottom)
            set tmargin at screen \(bottom + 0.28)
            set title \(Escaping.gnuplot(panel.title)) offset 0,-0.3
            set xlabel \(Escaping.gnuplot(panel.x)) offset 0,0.3
            set ylabel \(Escaping.gnuplot(panel.y)) offset 1
            set key at screen \(left + 0.13),\(bottom - 0.06) center top maxrows 7 Left reverse samplen 2.5
            unset logscale x
            set xtics autofreq
            set ytics autofreq
            """
        return ([head] + panel.settings + blocks + ["plot " + plots.joined(separator: ", \\\n    ")])
            .joined(separator: "\n")
    }

    private static func line(_ colour: Int, dashed: Bool = false) -> String {
        "using 1:2 with lines lc rgb \(Escaping.gnuplot(okabeIto[colour])) lw 1.8" + (dashed ? " dt 2" : "")
    }

    private static func marks(_ colour: Int, _ type: Int) -> String {
        "using 1:2:3:4 with yerrorbars lc rgb \(Escaping.gnuplot(okabeIto[colour])) pt \(type) ps 0.8 lw 1.4"
    }

    private static func curve(_ colour: Int, _ type: Int) -> String {
        "using 1:2:3:4 with yerrorlines lc rgb \(Escaping.gnuplot(okabeIto[colour])) pt \(type) ps 0.7 lw 1.6"
    }

    private static let percentAxis = ["set yrange [-3:103]", "set ytics 0,20,100"]
}

// MARK: Panels

extension CapacityReport {
    private var neededDimensions: Panel {
        let counted = CapacityReport.counted.map(Double.init)
        let marks: [(CapacityCell.Experiment, String, String, Int, Int)] = [
            (.dualEncoder, Similarity.distance.rawValue, "trained, by distance", 1, 7),
            (.dualEncoder, Similarity.innerProduct.rawValue, "trained, on the sphere", 2, 5),
            (.table, "m = 2", "ARR, table of hidden vectors, m = 2", 3, 13),
        ]
        let found = marks.map { experiment, variant, title, colour, type in
            // Equal points of the two similarities stand side by side.
            let shift = experiment == .dualEncoder ? (type == 7 ? -0.2 : 0.2) : 0
            let least = CapacityReport.counted.compactMap { k in
                leastDimension(experiment, variant, documents: k).map { (Double(k) + shift, Double($0)) }
            }
            return Curve(least, CapacityReport.marks(colour, type), title: title)
        }
        return Panel(
            title: "(a) Dimension for all k! orders", x: "k (documents)", y: "n (dimension)",
            settings: ["set xrange [1.5:20.5]", "set yrange [0:20]"],
            curves: [
                Curve(
                    counted.map { ($0, OrderCount.theoremBound(documents: Int($0))) },
                    CapacityReport.line(0, dashed: true), title: "theorem 3.1's bound"),
                Curve(counted.map { ($0, $0 - 1) }, CapacityReport.line(5), title: "exact, k - 1"),
            ] + found)
    }

    private func orders(_ similarity: Similarity, _ letter: String) -> Panel {
        let shown = [(7, 0, 7), (6, 1, 5), (5, 2, 9), (4, 3, 13)]
        var curves: [Curve] = []
        for (k, colour, type) in shown {
            let counts = (0..<k).map { n in
                (Double(n), 100 * OrderCount.share(similarity, dimension: n, documents: k))
            }
            curves.append(Curve(counts, CapacityReport.line(colour), title: nil))
            curves.append(
                Curve(
                    points(.dualEncoder, similarity.rawValue, documents: k), x: \.dimension,
                    CapacityReport.marks(colour, type), title: "trained, k = \(k) (line: possible)"))
        }
        if similarity == .distance {
            let limits = (0..<7).map { n in
                (
                    Double(n),
                    100 * Double(OrderCount.theoremLimit(dimension: n, documents: 7))
                        / Double(OrderCount.factorial(7))
                )
            }
            curves.append(
                Curve(limits, CapacityReport.line(6, dashed: true), title: "theorem's limit, k = 7"))
        }
        return Panel(
            title:
                "(\(letter)) DE \(similarity == .distance ? "by distance" : "on the sphere")",
            x: "n (dimension)", y: "orders right (%)",
            settings: CapacityReport.percentAxis + ["set xrange [-0.2:6.2]", "set xtics 0,1,6"],
            curves: curves)
    }

    private var embeddingRanks: Panel {
        let shown = [(7, 0, 7), (6, 1, 5), (5, 2, 9), (4, 3, 13)]
        var curves: [Curve] = []
        for (tokens, colour, type) in shown {
            let counts = (1...tokens).map { rank in
                (
                    Double(rank),
                    100 * OrderCount.share(.innerProduct, dimension: rank - 1, documents: tokens)
                )
            }
            curves.append(Curve(counts, CapacityReport.line(colour), title: nil))
            curves.append(
                Curve(
                    points(.permutations, documents: tokens), x: \.dimension,
                    CapacityReport.marks(colour, type), title: "permutations, |V| = \(tokens) (line: counted)"
                ))
            curves.append(
                Curve(
                    points(.distributions, documents: tokens), x: \.dimension,
                    "using 1:2:3:4 with yerrorbars lc rgb \(Escaping.gnuplot(okabeIto[colour])) pt 2 ps 0.9 lw 1.4",
                    title: tokens == 4 ? "distributions, all |V|" : nil))
        }
        return Panel(
            title: "(d) Token embeddings", x: "rank(E')", y: "reached (%)",
            settings: CapacityReport.percentAxis + ["set xrange [0.8:7.2]", "set xtics 1,1,7"],
            curves: curves)
    }

    /// What one width gives an autoregressive ranker and a dual encoder as documents grow.
    private var constantWidth: Panel {
        // On a logarithmic axis more points than these would lie on each other.
        let documents = (2...1000).filter { $0 < 40 || $0.isMultiple(of: 10) }
        let encoders = [(1, 0), (4, 1), (16, 2), (64, 4), (256, 6)].map { n, colour in
            Curve(
                documents.map {
                    (Double($0), 100 * OrderCount.share(.distance, dimension: n, documents: $0))
                }, CapacityReport.line(colour), title: "possible for a DE of n = \(n)")
        }
        return Panel(
            title: "(e) Documents at constant width", x: "k (documents)", y: "orders (%)",
            settings: CapacityReport.percentAxis + ["set logscale x", "set xrange [1.8:1100]"],
            curves: encoders + [
                Curve(
                    points(.table, "m = 2"), x: \.documents, CapacityReport.marks(3, 5),
                    title: "right by an ARR table of width 1")
            ])
    }

    /// Trained decoders beside what any dual encoder of the same width could do.
    private var decoderWidths: Panel {
        let documents = Set(points(.decoder).map(\.cell.documents)).sorted(by: >).prefix(4)
        let most = points(.decoder).map(\.cell.dimension).max() ?? 16
        let curves = documents.enumerated().flatMap { index, k in
            let possible = (1...most).map { n in
                (Double(n), 100 * OrderCount.share(.distance, dimension: n, documents: k))
            }
            return [
                Curve(
                    points(.decoder, documents: k), x: \.dimension,
                    CapacityReport.curve(index, [7, 5, 9, 13][index]), title: "trained decoder, k = \(k)"),
                Curve(
                    possible, CapacityReport.line(index, dashed: true),
                    title: index == 0 ? "possible for a DE of that width" : nil),
            ]
        }
        return Panel(
            title: "(f) ARR decoder, binary docIDs", x: "width, n", y: "orders right (%)",
            settings: CapacityReport.percentAxis + ["set logscale x 2", "set xrange [0.9:\(most + 2)]"],
            curves: curves)
    }
}
