/// The second edition of the measurements' tables and of all views.
///
/// The first edition's `table2` had the columns of Tables 1 and 3, and its `figure4` told bases from rows by the name
/// `base` alone, so that `base-1f09ab` stood among the series. In tables without row ids the primary key's columns come
/// first: the integrity check of SQLite 3.40, which is Debian 12's, mistakes others for NULL.
extension ResultsDatabase {
    static let scoresAndStatistics = """
        DROP VIEW table1; DROP VIEW table2; DROP VIEW table3; DROP VIEW figure4; DROP VIEW runs;
        DROP VIEW query_metric;

        CREATE TABLE metric_with_score (
            run TEXT NOT NULL REFERENCES run (id), split TEXT NOT NULL, metric TEXT NOT NULL,
            k INTEGER NOT NULL, score TEXT NOT NULL DEFAULT '', value REAL NOT NULL, low REAL, high REAL,
            n INTEGER NOT NULL,
            PRIMARY KEY (run, split, metric, k, score)) WITHOUT ROWID, STRICT;
        INSERT INTO metric_with_score (run, split, metric, k, value, low, high, n)
            SELECT run, split, metric, k, value, low, high, n FROM metric;
        DROP TABLE metric;
        ALTER TABLE metric_with_score RENAME TO metric;

        CREATE TABLE query_value_with_score (
            run INTEGER NOT NULL REFERENCES run (number), split TEXT NOT NULL, metric TEXT NOT NULL,
            k INTEGER NOT NULL, score TEXT NOT NULL DEFAULT '', query TEXT NOT NULL, value REAL NOT NULL,
            PRIMARY KEY (run, split, metric, k, score, query)) WITHOUT ROWID, STRICT;
        INSERT INTO query_value_with_score (run, split, metric, k, query, value)
            SELECT run, split, metric, k, query, value FROM query_value;
        DROP TABLE query_value;
        ALTER TABLE query_value_with_score RENAME TO query_value;

        ALTER TABLE run ADD COLUMN precision TEXT;
        ALTER TABLE run ADD COLUMN failed_step INTEGER;

        CREATE TABLE task_statistic (
            data_fingerprint TEXT NOT NULL, split TEXT NOT NULL, statistic TEXT NOT NULL,
            bin INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (data_fingerprint, split, statistic, bin)) WITHOUT ROWID, STRICT;

        CREATE VIEW query_metric AS
            SELECT run.id AS run, split, query, metric, k, value
            FROM query_value JOIN run ON run.number = query_value.run WHERE query_value.score = '';
        \(tableView("table1", ["CVR", "nDCG"] + (1...5).map { "R@\($0)" }))
        \(tableView("table2", ["nDCG"] + [1, 2, 5, 10, 25, 50].map { "R@\($0)" }))
        \(tableView("table3", ["CVR", "nDCG"] + (1...5).map { "R@\($0)" }))
        \(figure4View)
        \(runsView)
        """

    /// A table's rows at every scale, metrics in per cent.
    private static func tableView(_ name: String, _ metrics: [String]) -> String {
        """
        CREATE VIEW \(name) AS
            SELECT sweep_run.row, sweep_run.scale, sweep_run.seed, substr(run.id, 1, 12) AS run, run.state,
                \(metrics.map(percentColumn).joined(separator: ", "))
            FROM sweep_run JOIN run ON run.id = sweep_run.run
                LEFT JOIN metric ON metric.run = run.id AND metric.split = 'evaluation' AND metric.score = ''
            WHERE sweep_run.sweep = '\(name)'
            GROUP BY sweep_run.scale, sweep_run.row, sweep_run.seed
            ORDER BY sweep_run.scale, sweep_run.position, sweep_run.seed;
        """
    }

    private static func percentColumn(_ metric: String) -> String {
        let parts = metric.split(separator: "@")
        return """
            round(100 * max(CASE WHEN metric.metric = '\(parts[0])' AND metric.k = \(parts.count > 1 ? parts[1] : "0")
                THEN metric.value END), 2) AS "\(metric)"
            """
    }

    private static let figure4View = """
        CREATE VIEW figure4 AS
            SELECT sweep_run.panel, sweep_run.row AS series,
                coalesce(json_extract(run.configuration, '$.dualEncoder.dimension'),
                    json_extract(run.configuration, '$.crossEncoder.dimension')) AS dimension,
                coalesce(json_extract(run.configuration, '$.dualEncoder.alpha'),
                    json_extract(run.configuration, '$.crossEncoder.alpha'),
                    json_extract(run.configuration, '$.autoregressive.loss.alpha')) AS alpha,
                metric.k, round(100 * metric.value, 2) AS recall, sweep_run.scale, sweep_run.seed,
                substr(run.id, 1, 12) AS run
            FROM sweep_run JOIN run ON run.id = sweep_run.run
                JOIN metric ON metric.run = run.id AND metric.split = 'evaluation' AND metric.metric = 'R'
                    AND metric.score = ''
            WHERE sweep_run.sweep = 'figure4' AND sweep_run.position >= 0
            ORDER BY sweep_run.scale, sweep_run.panel, sweep_run.position, sweep_run.seed, metric.k;
        """

    private static let runsView = """
        CREATE VIEW runs AS
            SELECT substr(run.id, 1, 12) AS id, run.model, run.state,
                (SELECT group_concat(sweep || ':' || scale || ':' || row, ' ') FROM sweep_run
                    WHERE sweep_run.run = run.id) AS stands_in,
                run.steps, run.seed, run.attempt,
                (SELECT round(100 * value, 2) FROM metric WHERE metric.run = run.id
                    AND split = 'evaluation' AND metric = 'nDCG' AND score = '') AS nDCG,
                (SELECT round(100 * value, 2) FROM metric WHERE metric.run = run.id
                    AND split = 'evaluation' AND metric = 'R' AND k = 1 AND score = '') AS "R@1",
                round(run.wall_seconds, 1) AS wall_seconds, run.imported, run.started, run.ended, run.error,
                run.failed_step, run.number
            FROM run ORDER BY run.number;
        """
}
