extension ResultsDatabase {
    /// Every table and view that readers may use.
    static let described =
        [
            sweep, run, sweepRun, metric, queryValue, queryMetric, queryOrder, queryDocument, curve,
            taskStatistic,
            capacity, runs, figure4,
        ]
        + [("table1", "Table 1"), ("table2", "Table 2"), ("table3", "Table 3")].map(tableView)

    private static let sweep = DescribedTable(
        name: "sweep", meaning: "An experiment at one scale.",
        columns: [
            ("name", "The name in the experiment's spec."),
            ("scale", "`smoke`, `quick` or `full`, or another name that the spec gives."),
            ("spec", "The YAML text of the spec when the experiment was entered last."),
            ("created", "The time at which the experiment was first entered (UTC)."),
        ])

    private static let run = DescribedTable(
        name: "run", meaning: "A training and its evaluation. Each configuration has one run.",
        columns: [
            ("number", "The place of the run in the order in which runs were entered."),
            ("id", "The SHA-256 of `configuration` in hexadecimal. Equal configurations are one run."),
            (
                "model",
                "The kind of ranker, `dual-encoder` for example. `rankbridge options` lists the kinds."
            ),
            ("state", "`pending`, `running`, `finished` or `failed`."),
            ("attempt", "How many times work on the run was begun."),
            ("seed", "The seed of all that the run draws at random."),
            ("configuration", "The options that the run depends on, defaults too, as JSON with sorted keys."),
            ("data_fingerprint", "The SHA-256 of the names, rankings and splits of the data."),
            ("base_run", "The id of the run whose model this run starts from, if there is one."),
            ("steps", "The number of optimiser steps."),
            (
                "training_queries",
                "The number of queries trained on; a query counts each time that it is seen."
            ),
            (
                "training_points",
                "The number of (query, document) points trained on; a point counts each time that it is seen."
            ),
            ("evaluation_queries", "The number of queries evaluated."),
            (
                "lease_owner",
                "The process that works on the run: its host, its process number and a name, which is random and ends in what the number is one of."
            ),
            ("lease_expires", "The time until which the run is that process's, in seconds since 1970."),
            ("imported", "1 if the run was trained elsewhere, so that its model is not here, and else 0."),
            ("commit_hash", "The commit of the program."),
            ("dirty", "1 if files of the program differed from that commit, and else 0."),
            ("host", "The name of the machine."),
            ("cpu", "The processor of the machine."),
            ("threads", "The number of threads that the run used."),
            ("blas", "The library that multiplied matrices, as it describes itself."),
            ("started", "The time at which the run was first begun (UTC)."),
            ("ended", "The time at which the run finished or failed (UTC)."),
            ("wall_seconds", "The time that the run took, all attempts together."),
            (
                "cpu_seconds",
                "The processor time that the run took, all attempts together. Where several runs of a process worked at once, that "
                    + "of all of them, if the run had more than one thread or is from before that was told apart."
            ),
            ("peak_memory_bytes", "The most memory that the process of the run held."),
            ("error", "Why a failed run failed."),
            (
                "precision",
                "The precision of the numbers that matrix products multiply, `float32` or `bfloat16`, if it is known."
            ),
            ("failed_step", "The step at which the loss was no longer a finite number."),
            (
                "example_prompt",
                "The prompt of the split's first query as the model reads it, if the model is asked by prompts."
            ),
        ])

    private static let sweepRun = DescribedTable(
        name: "sweep_run", meaning: "The places of runs in sweeps. A run may stand in several.",
        columns: [
            ("sweep", "The name of the sweep."),
            ("scale", "The scale of the sweep."),
            ("panel", "The panel of a figure; empty for a table."),
            ("row", "The name of the row."),
            ("position", "The place in the order of running; -1 for a base that rows start from."),
            ("seed", "The seed of the run."),
            ("run", "The id of the run."),
        ])

    private static let metric = DescribedTable(
        name: "metric", meaning: "The mean of a metric over the evaluated queries of a run.",
        columns: [
            ("run", "The id of the run."),
            ("split", "The split that was evaluated: `evaluation` or `development`."),
            ("metric", "The metric: `CVR`, `nDCG`, `MRR`, `R`, `R-docID`, `recall` or `invalid`."),
            ("k", "The cutoff k of `R`, `R-docID` and `recall`; 0 for other metrics."),
            (
                "score",
                "Empty for the score that the configuration names, and else the name of another score, `sum` for example."
            ),
            ("value", "The mean, as a fraction."),
            ("low", "The lower end of the mean's 95 % bootstrap interval."),
            ("high", "The upper end of that interval."),
            ("n", "The number of queries that the mean is over."),
        ])

    private static let queryValue = DescribedTable(
        name: "query_value",
        meaning: "The value of a metric for each query. The view `query_metric` is easier to read.",
        columns: [
            ("run", "The number of the run."),
            ("split", "The same as in `metric`."),
            ("metric", "The same as in `metric`."),
            ("k", "The same as in `metric`."),
            ("score", "The same as in `metric`."),
            ("query", "The name of the query."),
            ("value", "The value of the metric, as a fraction."),
        ])

    private static let queryMetric = DescribedTable(
        name: "query_metric",
        meaning: "View: the value of a metric for each query, by the score that the configuration names.",
        columns: [
            ("run", "The id of the run."),
            ("split", "The same as in `metric`."),
            ("query", "The name of the query."),
            ("metric", "The same as in `metric`."),
            ("k", "The same as in `metric`."),
            ("value", "The value of the metric, as a fraction."),
        ])

    private static let queryOrder = DescribedTable(
        name: "query_order",
        meaning: "The order in which a run put the documents of each evaluated query.",
        columns: [
            ("run", "The number of the run."),
            ("split", "The same as in `metric`."),
            ("score", "The same as in `metric`."),
            ("query", "The name of the query."),
            (
                "predicted",
                "Gold ranks, the highest score first: `2 1 3=4 -1`. -1 is the query's negative, `=` joins equal scores, of which "
                    + "metrics take every order, and `x17` are 17 documents that are neither relevant nor negatives."
            ),
        ])

    private static let queryDocument = DescribedTable(
        name: "query_document",
        meaning: "The documents of evaluated queries in the gold order, once for all runs on the same data.",
        columns: [
            ("data_fingerprint", "The same as in `run`."),
            ("split", "The same as in `metric`."),
            ("query", "The name of the query."),
            (
                "gold_rank",
                "The number that `predicted` has for the document: 1 for the most relevant one, -1 for the first negative."
            ),
            (
                "document",
                "The first 80 characters of the document's text: its name in WordNet, a product's title."
            ),
        ])

    private static let curve = DescribedTable(
        name: "curve", meaning: "Values of a run during its training, about 200 points for each.",
        columns: [
            ("run", "The id of the run."),
            ("step", "The step."),
            ("name", "What the value is: `loss`, `learning_rate` and others."),
            ("value", "The value after that step."),
        ])

    private static let taskStatistic = DescribedTable(
        name: "task_statistic", meaning: "Histograms of the data that runs saw.",
        columns: [
            ("data_fingerprint", "The same as in `run`."),
            ("split", "`training`, `development` or `evaluation`."),
            ("statistic", "What is counted: `documents_per_query`."),
            ("bin", "A number of relevant documents."),
            ("count", "The number of queries that have so many relevant documents."),
        ])

    private static let capacity = DescribedTable(
        name: "capacity", meaning: "What the capacity lab measured (section 3 of the paper).",
        columns: [
            (
                "experiment",
                "The experiment: `dual encoder`, `permutations`, `distributions`, `table` or `decoder`."
            ),
            (
                "variant",
                "The similarity, the way in which embeddings are drawn, or the number m of tokens in a docID."
            ),
            ("documents", "The number k of documents, or the number of tokens that have embeddings."),
            ("dimension", "The dimension n, the width of a decoder, or the rank of E'."),
            ("seed", "The seed of what is trained or drawn."),
            ("budget", "The effort of the measurement in words: its steps, its samples."),
            ("orders", "The number of orders or distributions that were asked for."),
            ("right_orders", "The number of those that came out wholly right."),
            ("reachable", "The number of orders that, as is proved, some vector gives."),
            ("unreachable", "The number of orders that, as is proved, no vector gives."),
            ("unknown", "The number of orders for which neither was proved."),
        ])

    private static let runs = DescribedTable(
        name: "runs", meaning: "View: every run on one line.",
        columns: [
            ("id", "The first 12 digits of the run's id."),
            ("model", "The same as in `run`."),
            ("state", "The same as in `run`."),
            ("stands_in", "Each place of the run in sweeps, as `sweep:scale:row`."),
            ("steps", "The same as in `run`."),
            ("seed", "The same as in `run`."),
            ("attempt", "The same as in `run`."),
            ("nDCG", "nDCG in per cent."),
            ("R@1", "R@1 in per cent."),
            ("wall_seconds", "The same as in `run`."),
            ("imported", "The same as in `run`."),
            ("started", "The same as in `run`."),
            ("ended", "The same as in `run`."),
            ("error", "The same as in `run`."),
            ("failed_step", "The same as in `run`."),
            ("number", "The same as in `run`."),
        ])

    private static let figure4 = DescribedTable(
        name: "figure4", meaning: "View: R@k of the series of Figure 4.",
        columns: [
            ("panel", "The panel: `a`, `b` or `c`."),
            ("series", "The name of the row."),
            ("dimension", "The dimension n of a dual or cross encoder."),
            ("alpha", "The power alpha of lambda(r) = 1/r^alpha."),
            ("k", "The cutoff k of R@k."),
            ("recall", "R@k in per cent; not the metric `recall`."),
            ("scale", "The same as in `sweep`."),
            ("seed", "The same as in `run`."),
            ("run", "The first 12 digits of the run's id."),
        ])

    private static func tableView(_ name: String, _ title: String) -> DescribedTable {
        let metrics = name == "table2" ? [1, 2, 5, 10, 25, 50] : Array(1...5)
        return DescribedTable(
            name: name, meaning: "View: the rows of \(title) at every scale.",
            columns: [
                ("row", "The name of the row."), ("scale", "The same as in `sweep`."),
                ("seed", "The same as in `run`."), ("run", "The first 12 digits of the run's id."),
                ("state", "The same as in `run`."),
            ] + (name == "table2" ? [] : [("CVR", "CVR in per cent.")]) + [("nDCG", "nDCG in per cent.")]
                + metrics.map { ("R@\($0)", "R@\($0) in per cent.") })
    }
}
