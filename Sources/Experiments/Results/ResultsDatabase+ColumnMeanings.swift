extension ResultsDatabase {
    /// Every table and view that readers may use.
    static let described =
        [
            sweep, run, sweepRun, metric, queryValue, queryMetric, curve, taskStatistic, capacity, runs,
            figure4,
        ]
        + [("table1", "Table 1"), ("table2", "Table 2"), ("table3", "Table 3")].map(tableView)

    private static let sweep = DescribedTable(
        name: "sweep", meaning: "An experiment at one scale.",
        columns: [
            ("name", "the spec's name"), ("scale", "`smoke`, `quick`, `full`, or a name of your own"),
            ("spec", "the YAML text that it was entered with last"),
            ("created", "when it was first entered (UTC)"),
        ])

    private static let run = DescribedTable(
        name: "run", meaning: "A training with its evaluation; one for each configuration.",
        columns: [
            ("number", "the order of entering"),
            ("id", "SHA-256 of `configuration`, in hexadecimal: equal configurations are one run"),
            ("model", "the kind of ranker: `dual-encoder`, `cross-encoder`, `autoregressive`"),
            ("state", "`pending`, `running`, `finished` or `failed`"),
            ("attempt", "how often it was begun"), ("seed", "of everything drawn at random"),
            ("configuration", "every option, defaults too, as JSON with sorted keys"),
            ("data_fingerprint", "SHA-256 over names, rankings and splits of the data"),
            ("base_run", "the run whose model this one starts from"), ("steps", "optimiser steps"),
            ("training_queries", "queries trained on, with repetition"),
            ("training_points", "(query, document) points trained on, with repetition"),
            ("evaluation_queries", "queries evaluated"),
            ("lease_owner", "who works on it: host, process, a random name"),
            ("lease_expires", "until when, in seconds since 1970"),
            ("imported", "1 if it was trained elsewhere, so that its model is not here"),
            ("commit_hash", "the program's commit"), ("dirty", "1 if files differed from that commit"),
            ("host", "the machine's name"), ("cpu", "its processor"), ("threads", "threads of the run"),
            ("blas", "the library of matrix products, in its own words"),
            ("started", "when it was first begun (UTC)"),
            ("ended", "when it finished or failed (UTC)"),
            ("wall_seconds", "time taken, all attempts together"),
            ("cpu_seconds", "processor time taken, all attempts together"),
            ("peak_memory_bytes", "the most memory that its process held"), ("error", "why it failed"),
            ("precision", "what matrix products multiply: `float32` or `bfloat16`"),
            ("failed_step", "the step at which the loss was no finite number any more"),
        ])

    private static let sweepRun = DescribedTable(
        name: "sweep_run", meaning: "Where a run stands in sweeps; it may stand in several.",
        columns: [
            ("sweep", "the sweep's name"), ("scale", "its scale"),
            ("panel", "a figure's panel; empty for a table"),
            ("row", "the row's name"),
            ("position", "the order of running; -1 for a base that rows start from"),
            ("seed", "the run's seed"), ("run", "the run's id"),
        ])

    private static let metric = DescribedTable(
        name: "metric", meaning: "The mean of a metric over the evaluated queries.",
        columns: [
            ("run", "the run's id"), ("split", "`evaluation` or `development`"),
            ("metric", "`CVR`, `nDCG`, `MRR`, `R`, `R-docID`, `recall`, `invalid`"),
            ("k", "the cutoff; 0 where there is none"),
            ("score", "empty for the score that the configuration names, else a variant such as `sum`"),
            ("value", "the mean, a fraction"), ("low", "lower end of its 95 % bootstrap interval"),
            ("high", "upper end"), ("n", "queries that the mean is over"),
        ])

    private static let queryValue = DescribedTable(
        name: "query_value", meaning: "A metric of each query; `query_metric` is easier to read.",
        columns: [
            ("run", "the run's number"), ("split", "as in `metric`"), ("metric", "as in `metric`"),
            ("k", "as in `metric`"), ("score", "as in `metric`"), ("query", "the query's name"),
            ("value", "the metric's value, a fraction"),
        ])

    private static let queryMetric = DescribedTable(
        name: "query_metric", meaning: "View: a metric of each query, with the run's own score.",
        columns: [
            ("run", "the run's id"), ("split", "as in `metric`"), ("query", "the query's name"),
            ("metric", "as in `metric`"), ("k", "as in `metric`"),
            ("value", "the metric's value, a fraction"),
        ])

    private static let curve = DescribedTable(
        name: "curve", meaning: "Values of a run while it trained, about 200 points each.",
        columns: [
            ("run", "the run's id"), ("step", "the step"), ("name", "`loss`, `learning_rate`, ..."),
            ("value", "the value after that step"),
        ])

    private static let taskStatistic = DescribedTable(
        name: "task_statistic", meaning: "Histograms of the data that runs saw.",
        columns: [
            ("data_fingerprint", "as in `run`"), ("split", "`training`, `development` or `evaluation`"),
            ("statistic", "`documents_per_query`"), ("bin", "so many relevant documents"),
            ("count", "queries that have so many"),
        ])

    private static let capacity = DescribedTable(
        name: "capacity", meaning: "What the capacity lab measured (the paper's section 3).",
        columns: [
            ("experiment", "`dual encoder`, `permutations`, `distributions`, `table`, `decoder`"),
            ("variant", "the similarity, how embeddings are drawn, or the tokens m of docIDs"),
            ("documents", "k, or tokens of embeddings"), ("dimension", "n, a width, or rank(E')"),
            ("seed", "of what is trained or drawn"), ("budget", "steps and the like, in words"),
            ("orders", "orders or distributions asked for"),
            ("right_orders", "those that came out wholly right"),
            ("reachable", "orders certified to be reached by some vector"),
            ("unreachable", "orders certified to be out of reach"), ("unknown", "orders left open"),
        ])

    private static let runs = DescribedTable(
        name: "runs", meaning: "View: every run on one line.",
        columns: [
            ("id", "the first 12 digits of the run's id"), ("model", "as in `run`"), ("state", "as in `run`"),
            ("stands_in", "sweep:scale:row of each place where it stands"), ("steps", "as in `run`"),
            ("seed", "as in `run`"), ("attempt", "as in `run`"), ("nDCG", "in per cent"),
            ("R@1", "in per cent"),
            ("wall_seconds", "as in `run`"), ("imported", "as in `run`"), ("started", "as in `run`"),
            ("ended", "as in `run`"), ("error", "as in `run`"), ("failed_step", "as in `run`"),
            ("number", "as in `run`"),
        ])

    private static let figure4 = DescribedTable(
        name: "figure4", meaning: "View: R@k of Figure 4's series.",
        columns: [
            ("panel", "`a`, `b` or `c`"), ("series", "the row's name"),
            ("dimension", "n of a dual or cross encoder"),
            ("alpha", "of lambda(r) = 1/r^alpha"), ("k", "the cutoff"), ("recall", "R@k in per cent"),
            ("scale", "as in `sweep`"), ("seed", "as in `run`"),
            ("run", "the first 12 digits of the run's id"),
        ])

    private static func tableView(_ name: String, _ title: String) -> DescribedTable {
        let metrics = name == "table2" ? [1, 2, 5, 10, 25, 50] : Array(1...5)
        return DescribedTable(
            name: name, meaning: "View: the rows of \(title) at every scale.",
            columns: [
                ("row", "the row's name"), ("scale", "as in `sweep`"), ("seed", "as in `run`"),
                ("run", "the first 12 digits of the run's id"), ("state", "as in `run`"),
            ] + (name == "table2" ? [] : [("CVR", "in per cent")]) + [("nDCG", "in per cent")]
                + metrics.map { ("R@\($0)", "in per cent") })
    }
}
