import Experiments
import Foundation

/// A run as the site knows it: its page is made of this.
struct SiteRun {
    /// A row of a sweep that the run stands in.
    struct Place {
        var sweep: String
        var scale: String
        var entry: SweepEntry
    }

    let id: String
    var places: [Place]

    /// What the page is called: the first of its places.
    var title: String {
        guard let first = places.first else { return id }
        let panel = first.entry.panel.isEmpty ? "" : ", panel \(first.entry.panel)"
        return "\(first.entry.row) of \(first.sweep)\(panel), scale \(first.scale), seed \(first.entry.seed)"
    }
}

/// The pages of single runs.
struct RunPages {
    let snapshot: ResultsSnapshot
    let templates: SiteTemplates

    /// The body of a run's page.
    ///
    /// - Throws: What the database throws, and `ReportError.malformedConfiguration`.
    func body(_ run: SiteRun) throws -> String {
        guard let entry = run.places.first?.entry else { return "" }
        let metrics = try snapshot.metrics(of: run.id)
        let curves = try snapshot.curves(of: run.id).map { CurveDrawing($0).svg }.joined()
        var values: [String: Any] = [
            "state": entry.state.rawValue, "model": entry.model,
            "places": run.places.map { ["text": description($0)] },
            "facts": Self.pairs(
                try snapshot.facts(of: run.id).map { ($0.name, Self.cut($0.value, run: run.id)) },
                caption: "As results.db has it"),
            "options": Self.pairs(
                try RunOptions(json: entry.configuration, run: run.id).values.sorted { $0.key < $1.key }
                    .map { ($0.key, $0.value) }, caption: "Every option, defaults too"),
        ]
        // A run that an older version recorded may have options that are no more.
        if let configuration = try? RunConfiguration(canonicalJSON: entry.configuration) {
            values["command"] = configuration.repetition(results: "results").joined(separator: " && ")
        }
        if let error = entry.error { values["error"] = error }
        if !metrics.isEmpty { values["metrics"] = tables(metrics) }
        if !curves.isEmpty { values["curves"] = curves }
        return templates.render(values, "run")
    }

    private func description(_ place: SiteRun.Place) -> String {
        let panel = place.entry.panel.isEmpty ? "" : ", panel \(place.entry.panel)"
        let kind = place.entry.isBase ? "base" : "row"
        return
            "\(place.sweep) at scale \(place.scale)\(panel): \(kind) \(place.entry.row), seed \(place.entry.seed)"
    }

    /// A table a split: a line a metric, and a pair of columns a score, the run's own first.
    private func tables(_ metrics: [MeasuredMetric]) -> String {
        unique(metrics.map(\.split)).map { split in
            let measured = metrics.filter { $0.split == split }
            let scores = unique(measured.map { $0.score ?? "" })
            let header = scores.flatMap { score in
                [score.isEmpty ? "percent" : "by \(score)", "95 % interval"]
            }
            let rows = unique(measured.map(\.name)).map { name in
                let own = measured.filter { $0.name == name }
                return [name, own.first.map { "\($0.n)" } ?? ""]
                    + scores.flatMap { score in cells(own.first { ($0.score ?? "") == score }) }
            }
            return SiteTable(
                header: ["metric", "queries"] + header,
                rows: rows.map { $0.map { SiteTable.Cell(html: Escaping.markup($0), text: $0) } },
                caption: "Means over the queries of the \(split) split"
            ).html
        }.joined()
    }

    private func cells(_ metric: MeasuredMetric?) -> [String] {
        guard let metric else { return ["", ""] }
        let interval = metric.low.flatMap { low in metric.high.map { "\(percent(low)) to \(percent($0))" } }
        return [percent(metric.value), interval ?? ""]
    }

    /// The most characters of a value that a page shows.
    static let mostCharacters = 1_000

    /// The beginning of a long value, a prompt of a hundred documents say, and the command that shows the rest.
    private static func cut(_ value: String, run: String) -> String {
        guard value.count > mostCharacters else { return value }
        return value.prefix(mostCharacters)
            + "... (\(grouped(value.count)) characters: rankbridge runs show \(run.prefix(12)))"
    }

    private static func pairs(_ pairs: [(String, String)], caption: String) -> String {
        SiteTable(
            header: ["name", "value"],
            rows: pairs.map { pair in
                [pair.0, pair.1].map { SiteTable.Cell(html: Escaping.markup($0), text: $0) }
            }, caption: caption, alignsNumbers: false
        ).html
    }
}
