import GRDB

extension ResultsDatabase {
    /// Every change of the schema since the first version. A migration that has shipped is never edited.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("runs") { try $0.execute(sql: runTables) }
        migrator.registerMigration("measurements") { try $0.execute(sql: measurementTables) }
        migrator.registerMigration("views") { try $0.execute(sql: reportViews) }
        migrator.registerMigration("scores, precision, failures, task statistics") {
            try $0.execute(sql: scoresAndStatistics)
        }
        migrator.registerMigration("capacity") { try $0.execute(sql: capacityTable) }
        migrator.registerMigration("predicted orders") { try $0.execute(sql: orderTables) }
        return migrator
    }

    private static let runTables = """
        CREATE TABLE sweep (
            name TEXT NOT NULL, scale TEXT NOT NULL, spec TEXT NOT NULL, created TEXT NOT NULL,
            PRIMARY KEY (name, scale));

        CREATE TABLE run (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 64),
            model TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'finished', 'failed')),
            attempt INTEGER NOT NULL DEFAULT 0,
            seed INTEGER NOT NULL,
            configuration TEXT NOT NULL,
            data_fingerprint TEXT NOT NULL,
            base_run TEXT REFERENCES run (id),
            steps INTEGER NOT NULL,
            training_queries INTEGER, training_points INTEGER, evaluation_queries INTEGER,
            lease_owner TEXT, lease_expires REAL,
            imported INTEGER NOT NULL DEFAULT 0,
            commit_hash TEXT, dirty INTEGER, host TEXT, cpu TEXT, threads INTEGER, blas TEXT,
            started TEXT, ended TEXT,
            wall_seconds REAL NOT NULL DEFAULT 0, cpu_seconds REAL NOT NULL DEFAULT 0,
            peak_memory_bytes INTEGER,
            error TEXT,
            CHECK ((state = 'running') = (lease_owner IS NOT NULL)));

        CREATE TABLE sweep_run (
            sweep TEXT NOT NULL, scale TEXT NOT NULL, panel TEXT NOT NULL DEFAULT '', row TEXT NOT NULL,
            position INTEGER NOT NULL, seed INTEGER NOT NULL, run TEXT NOT NULL REFERENCES run (id),
            PRIMARY KEY (sweep, scale, panel, row, seed),
            FOREIGN KEY (sweep, scale) REFERENCES sweep (name, scale));
        CREATE INDEX sweep_run_by_run ON sweep_run (run);
        """

    private static let measurementTables = """
        CREATE TABLE metric (
            run TEXT NOT NULL REFERENCES run (id), split TEXT NOT NULL, metric TEXT NOT NULL,
            k INTEGER NOT NULL, value REAL NOT NULL, low REAL, high REAL, n INTEGER NOT NULL,
            PRIMARY KEY (run, split, metric, k)) WITHOUT ROWID;

        CREATE TABLE query_value (
            run INTEGER NOT NULL REFERENCES run (number), split TEXT NOT NULL, metric TEXT NOT NULL,
            k INTEGER NOT NULL, query TEXT NOT NULL, value REAL NOT NULL,
            PRIMARY KEY (run, split, metric, k, query)) WITHOUT ROWID;
        CREATE VIEW query_metric AS
            SELECT run.id AS run, split, query, metric, k, value
            FROM query_value JOIN run ON run.number = query_value.run;

        CREATE TABLE curve (
            run TEXT NOT NULL REFERENCES run (id), step INTEGER NOT NULL, name TEXT NOT NULL,
            value REAL NOT NULL,
            PRIMARY KEY (run, name, step)) WITHOUT ROWID;
        """

    /// The columns of Tables 1 and 3, in per cent.
    private static let percentColumns = (["CVR|0|CVR", "nDCG|0|nDCG"] + (1...5).map { "R|\($0)|R@\($0)" })
        .map { column -> String in
            let parts = column.split(separator: "|")
            return """
                round(100 * max(CASE WHEN metric.metric = '\(parts[0])' AND metric.k = \(parts[1])
                    THEN metric.value END), 2) AS "\(parts[2])"
                """
        }.joined(separator: ", ")

    private static func tableView(_ name: String) -> String {
        """
        CREATE VIEW \(name) AS
            SELECT sweep_run.row, sweep_run.scale, sweep_run.seed, substr(run.id, 1, 12) AS run, run.state,
                \(percentColumns)
            FROM sweep_run JOIN run ON run.id = sweep_run.run
                LEFT JOIN metric ON metric.run = run.id AND metric.split = 'evaluation'
            WHERE sweep_run.sweep = '\(name)'
            GROUP BY sweep_run.scale, sweep_run.row, sweep_run.seed
            ORDER BY sweep_run.scale, sweep_run.position, sweep_run.seed;
        """
    }

    private static let reportViews = """
        \(tableView("table1"))
        \(tableView("table2"))
        \(tableView("table3"))
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
            WHERE sweep_run.sweep = 'figure4' AND sweep_run.row <> 'base'
            ORDER BY sweep_run.scale, sweep_run.panel, sweep_run.position, sweep_run.seed, metric.k;
        CREATE VIEW runs AS
            SELECT substr(run.id, 1, 12) AS id, run.model, run.state,
                (SELECT group_concat(sweep || ':' || scale || ':' || row, ' ') FROM sweep_run
                    WHERE sweep_run.run = run.id) AS stands_in,
                run.steps, run.seed, run.attempt,
                (SELECT round(100 * value, 2) FROM metric WHERE metric.run = run.id
                    AND split = 'evaluation' AND metric = 'nDCG') AS nDCG,
                (SELECT round(100 * value, 2) FROM metric WHERE metric.run = run.id
                    AND split = 'evaluation' AND metric = 'R' AND k = 1) AS "R@1",
                round(run.wall_seconds, 1) AS wall_seconds, run.imported, run.started, run.ended, run.error
            FROM run ORDER BY run.number;
        """
}
