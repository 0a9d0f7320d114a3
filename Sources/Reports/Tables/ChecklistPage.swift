import Experiments
import Tensors

/// What the checklists of NeurIPS and of the ACL's responsible research ask of experiments, answered from results.db:
/// tables/checklist.md.
struct ChecklistPage: Report {
    let name = "checklist"
    let title = "answers to the reproducibility checklists of NeurIPS and the ACL"
    let spec: String? = nil
    let mixesScales = true
    let files = ["tables/checklist.md"]

    func render(_ source: ReportSource) throws -> RenderedReport {
        let all = try ReportCatalogue.all.compactMap { report -> (Experiment, isCommitted: Bool)? in
            guard let sweep = report.spec else { return nil }
            let scale = try source.scale(of: report, sweeps: [sweep])
            return try Experiment(sweep, scale: scale, source).map { ($0, scale == report.committedScale) }
        }
        let committed = all.filter(\.isCommitted)
        let scale: String
        let experiments: [Experiment]
        // A page shows what is committed, each report at its own scale, or else one scale.
        if source.requestedScale == nil, !committed.isEmpty {
            (scale, experiments) = (committedScale, committed.map(\.0))
        } else {
            scale =
                source.requestedScale
                ?? ResultsReader.largestFirst(all.map(\.0.results.scale)).first ?? committedScale
            experiments = all.map(\.0).filter { $0.results.scale == scale }
        }
        guard !experiments.isEmpty else {
            throw ReportError.nothingToReport(
                report: name, scale: source.requestedScale,
                available: try source.finishedScales(ReportCatalogue.all.compactMap(\.spec)))
        }
        return RenderedReport(
            scale: scale, files: [(files[0], .text(ChecklistPage.markdown(experiments)))],
            latex: LaTeXTable(ChecklistPage.compute(experiments), caption: "Compute of the experiments"))
    }

    /// A sweep of the catalogue at one scale.
    struct Experiment {
        let results: SweepResults
        let costs: SweepCosts

        /// Nil where no run has finished or failed.
        init?(_ sweep: String, scale: String, _ source: ReportSource) throws {
            results = try source.reader.results(sweep, scale: scale)
            costs = try source.reader.snapshot.costs(sweep, scale: scale)
            guard costs.finished + costs.failed > 0 else { return nil }
        }

        var rows: [SweepRow] { results.rows.filter { !$0.isBase } }
        var runs: [FinishedRun] { rows.flatMap(\.runs) }
        var name: String { "\(results.sweep), \(results.scale)" }
    }
}

extension ChecklistPage {
    private static func markdown(_ experiments: [Experiment]) -> String {
        """
        # Checklist

        What the reproducibility checklists of NeurIPS and of the ACL ask of experiments, answered from the runs in
        results.db. Every run keeps all its options, and `rankbridge runs show ID` prints the commands that repeat it.

        ## How many runs, over how many seeds, and with what error bars?

        \(runs(experiments).markdown)
        Intervals in the tables: 95 % bootstrap over the evaluation queries; differences of rows in claims.md are taken query by
        query where runs keep their queries' values. Where a row has several seeds its value is their mean, and their
        standard deviation stands beside it; a row of one seed says nothing of other seeds.
        \(failures(experiments))
        ## How much compute, on what machine?

        \(compute(experiments).markdown)
        Hours of finished and failed runs, each counted once, all attempts together; runs imported without their machine count
        as none. A run counts no more processor time than its threads can have had in its wall time, as some were recorded with that of
        other runs in their process. A run that two experiments share counts in both.

        ## How were options chosen?

        \(options(experiments).markdown)
        Every other option is the same in all rows of one kind of ranker. Nothing in results.db records a search: a search is a
        sweep, with runs of its own. Defaults and why they are what they are stand in PAPER_NOTES.md.

        ## With what code and data?

        \(code(experiments).markdown)
        """
    }

    private static func runs(_ experiments: [Experiment]) -> TextTable {
        var table = TextTable(header: [
            "experiment, scale", "rows", "rows finished", "runs", "failed", "seeds of a row",
            "evaluation queries",
        ])
        table.rows = experiments.map { experiment in
            let seeds = experiment.rows.map(\.runs.count).filter { $0 > 0 }
            return [
                experiment.name, "\(experiment.rows.count)", "\(seeds.count)", "\(experiment.costs.finished)",
                "\(experiment.costs.failed)", span(seeds), span(experiment.runs.map(\.evaluationQueries)),
            ]
        }
        return table
    }

    private static func failures(_ experiments: [Experiment]) -> String {
        let notes = experiments.flatMap(\.results.failureNotes)
        return notes.map { "\n- \($0)" }.joined() + (notes.isEmpty ? "" : "\n")
    }

    private static func compute(_ experiments: [Experiment]) -> TextTable {
        var table = TextTable(header: [
            "experiment, scale", "processor hours", "wall hours", "peak memory (GB)", "processor",
            "steps of a run", "precision of products",
        ])
        table.rows = experiments.map { experiment in
            let costs = experiment.costs
            // Kinds without the option multiply in float32. Runs without training are left out.
            let precisions = experiment.runs.filter { ($0.steps ?? 0) > 0 }
                .map { $0.options["precision"] ?? Precision.float32.rawValue }.sorted()
            return [
                experiment.name, decimal(costs.cpuSeconds / 3600, 2), decimal(costs.wallSeconds / 3600, 2),
                costs.peakMemoryBytes.map { decimal(Double($0) / 1e9, 2) } ?? "",
                costs.processors.joined(separator: "; "), span(experiment.runs.map(\.steps)),
                distinct(precisions, separator: ", "),
            ]
        }
        return table
    }

    private static func options(_ experiments: [Experiment]) -> TextTable {
        var table = TextTable(header: ["experiment, scale", "options in which its rows differ"])
        table.rows = experiments.map { experiment in
            let kinds = Dictionary(grouping: experiment.runs, by: \.model).sorted { $0.key < $1.key }
            let varying = kinds.map { kind, runs in
                let names = RunOptions.varying(runs.map(\.options)).filter {
                    $0 != "seed" && !$0.hasSuffix("Fingerprint")
                }
                return "\(kind): \(names.isEmpty ? "none" : names.joined(separator: ", "))"
            }
            return [experiment.name, varying.joined(separator: "; ")]
        }
        return table
    }

    private static func code(_ experiments: [Experiment]) -> TextTable {
        var table = TextTable(header: [
            "experiment, scale", "commits", "runs with changed files", "data sets", "protocols", "begun",
            "ended",
        ])
        table.rows = experiments.map { experiment in
            let costs = experiment.costs
            let (told, all) = (costs.runsWithCommit, costs.finished + costs.failed)
            let commits = costs.commits.map { String($0.prefix(10)) }.joined(separator: ", ")
            return [
                experiment.name,
                told == 0 ? "not recorded" : commits + (told < all ? " (\(told) of \(all) runs)" : ""),
                told == 0 ? "not recorded" : "\(costs.dirtyRuns) of \(told)",
                "\(Set(experiment.runs.map { $0.options["dataFingerprint"] }).count)",
                distinct(experiment.runs.map { $0.options["data.protocol"] }, separator: ", "),
                costs.started ?? "", costs.ended ?? "",
            ]
        }
        return table
    }
}
