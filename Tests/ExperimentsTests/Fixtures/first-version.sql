PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('runs');
INSERT INTO grdb_migrations VALUES('measurements');
INSERT INTO grdb_migrations VALUES('views');
CREATE TABLE sweep (
    name TEXT NOT NULL, scale TEXT NOT NULL, spec TEXT NOT NULL, created TEXT NOT NULL,
    PRIMARY KEY (name, scale));
INSERT INTO sweep VALUES('first','smoke',replace('name: first\nmodel: dual-encoder\nsettings: {dimension: 2, batch: 8, steps: 2, data: {evaluationQueries: 3, developmentQueries: 1, trainingQueries: 10}}\nrows: [{row: small}, {row: other, alpha: 2}]\n','\n',char(10)),'2026-11-24T10:54:18Z');
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
INSERT INTO run VALUES(1,'240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','dual-encoder','finished',1,1,'{"data":{"developmentQueries":1,"evaluationQueries":3,"protocol":"heldOut","splitSeed":0,"trainingQueries":10},"dataFingerprint":"924d2c5e6de802fdee29a364b839120f35ac39d00fd9cb7b6052a51ed9b7f292","dualEncoder":{"alpha":1,"batch":8,"dimension":2,"initialization":"sphere","learningRate":1,"momentum":0.9,"sampling":"epochs","steps":2,"temperature":0.05},"evaluation":{"cutoffs":[1,2,3,4,5,6,7,8,9,10],"split":"evaluation"},"model":"dual-encoder","schema":1,"seed":1}','924d2c5e6de802fdee29a364b839120f35ac39d00fd9cb7b6052a51ed9b7f292',NULL,2,16,16,3,NULL,NULL,0,'14884c53902b8b092d175a1ba7b6d25fc9c0b24d',0,'example','CPU',1,'OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64','2026-11-24T10:54:18Z','2026-11-24T10:54:18Z',0.018411755561828613281,0.0090480000000000004867,83906560,NULL);
INSERT INTO run VALUES(2,'4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','dual-encoder','finished',1,1,'{"data":{"developmentQueries":1,"evaluationQueries":3,"protocol":"heldOut","splitSeed":0,"trainingQueries":10},"dataFingerprint":"924d2c5e6de802fdee29a364b839120f35ac39d00fd9cb7b6052a51ed9b7f292","dualEncoder":{"alpha":2,"batch":8,"dimension":2,"initialization":"sphere","learningRate":1,"momentum":0.9,"sampling":"epochs","steps":2,"temperature":0.05},"evaluation":{"cutoffs":[1,2,3,4,5,6,7,8,9,10],"split":"evaluation"},"model":"dual-encoder","schema":1,"seed":1}','924d2c5e6de802fdee29a364b839120f35ac39d00fd9cb7b6052a51ed9b7f292',NULL,2,16,16,3,NULL,NULL,0,'14884c53902b8b092d175a1ba7b6d25fc9c0b24d',0,'example','CPU',1,'OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64','2026-11-24T10:54:18Z','2026-11-24T10:54:18Z',0.016317963600158691406,0.0060690000000000465796,83906560,NULL);
CREATE TABLE sweep_run (
    sweep TEXT NOT NULL, scale TEXT NOT NULL, panel TEXT NOT NULL DEFAULT '', row TEXT NOT NULL,
    position INTEGER NOT NULL, seed INTEGER NOT NULL, run TEXT NOT NULL REFERENCES run (id),
    PRIMARY KEY (sweep, scale, panel, row, seed),
    FOREIGN KEY (sweep, scale) REFERENCES sweep (name, scale));
INSERT INTO sweep_run VALUES('first','smoke','','small',0,1,'240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9');
INSERT INTO sweep_run VALUES('first','smoke','','other',1,1,'4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938');
CREATE TABLE metric (
    run TEXT NOT NULL REFERENCES run (id), split TEXT NOT NULL, metric TEXT NOT NULL,
    k INTEGER NOT NULL, value REAL NOT NULL, low REAL, high REAL, n INTEGER NOT NULL,
    PRIMARY KEY (run, split, metric, k)) WITHOUT ROWID;
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','CVR',0,1.0,1.0,1.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','MRR',0,0.20808080808080808843,0.090909090909090897736,0.33333333333333331482,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',1,0.0,0.0,0.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',2,0.0,0.0,0.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',3,0.44444444444444441977,0.33333333333333331482,0.66666666666666662965,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',4,0.5,0.25,0.75,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',5,0.73333333333333339254,0.59999999999999997779,1.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',6,0.66666666666666662965,0.5,1.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',7,0.71428571428571430157,0.57142857142857139685,0.85714285714285709527,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',8,0.79166666666666662965,0.75,0.875,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',9,0.88888888888888883954,0.88888888888888883954,0.88888888888888883954,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','R',10,0.96666666666666667406,0.9000000000000000222,1.0,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','nDCG',0,0.88158750336073066211,0.75644744096837934765,0.96345182908409154887,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',1,0.07037037037037037479,0.0,0.11111111111111110494,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',2,0.17777777777777778456,0.11111111111111110494,0.22222222222222220988,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',3,0.2851851851851851527,0.22222222222222220988,0.33333333333333331482,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',4,0.3925925925925926041,0.33333333333333331482,0.44444444444444441977,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',5,0.5,0.44444444444444441977,0.55555555555555558022,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',6,0.60740740740740728487,0.55555555555555558022,0.66666666666666662965,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',7,0.67777777777777770129,0.66666666666666662965,0.69999999999999984456,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',8,0.78518518518518520821,0.77777777777777779011,0.80000000000000015543,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',9,0.89259259259259249308,0.88888888888888883954,0.9000000000000000222,3);
INSERT INTO metric VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9','evaluation','recall',10,0.96666666666666667406,0.9000000000000000222,1.0,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','CVR',0,1.0,1.0,1.0,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','MRR',0,0.20808080808080808843,0.090909090909090897736,0.33333333333333331482,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',1,0.0,0.0,0.0,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',2,0.0,0.0,0.0,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',3,0.44444444444444441977,0.33333333333333331482,0.66666666666666662965,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',4,0.5,0.25,0.75,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',5,0.59999999999999997779,0.40000000000000007771,0.80000000000000015543,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',6,0.61111111111111116045,0.5,0.83333333333333337034,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',7,0.66666666666666662965,0.57142857142857139685,0.85714285714285709527,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',8,0.79166666666666662965,0.75,0.875,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',9,0.88888888888888883954,0.88888888888888883954,0.88888888888888883954,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','R',10,0.96666666666666667406,0.9000000000000000222,1.0,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','nDCG',0,0.8708198416202873604,0.75030109976360170875,0.94396953322848997647,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',1,0.07037037037037037479,0.0,0.11111111111111110494,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',2,0.17777777777777778456,0.11111111111111110494,0.22222222222222220988,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',3,0.2851851851851851527,0.22222222222222220988,0.33333333333333331482,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',4,0.3925925925925926041,0.33333333333333331482,0.44444444444444441977,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',5,0.5,0.44444444444444441977,0.55555555555555558022,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',6,0.60740740740740728487,0.55555555555555558022,0.66666666666666662965,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',7,0.67777777777777770129,0.66666666666666662965,0.69999999999999984456,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',8,0.78518518518518520821,0.77777777777777779011,0.80000000000000015543,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',9,0.89259259259259249308,0.88888888888888883954,0.9000000000000000222,3);
INSERT INTO metric VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938','evaluation','recall',10,0.96666666666666667406,0.9000000000000000222,1.0,3);
CREATE TABLE query_value (
    run INTEGER NOT NULL REFERENCES run (number), split TEXT NOT NULL, metric TEXT NOT NULL,
    k INTEGER NOT NULL, query TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (run, split, metric, k, query)) WITHOUT ROWID;
INSERT INTO query_value VALUES(1,'evaluation','CVR',0,'kidney_vetch.n.01',1.0);
INSERT INTO query_value VALUES(1,'evaluation','CVR',0,'present_participle.n.01',1.0);
INSERT INTO query_value VALUES(1,'evaluation','CVR',0,'slasher.n.02',1.0);
INSERT INTO query_value VALUES(1,'evaluation','MRR',0,'kidney_vetch.n.01',0.2000000000000000111);
INSERT INTO query_value VALUES(1,'evaluation','MRR',0,'present_participle.n.01',0.090909090909090911614);
INSERT INTO query_value VALUES(1,'evaluation','MRR',0,'slasher.n.02',0.33333333333333331482);
INSERT INTO query_value VALUES(1,'evaluation','R',1,'kidney_vetch.n.01',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',1,'present_participle.n.01',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',1,'slasher.n.02',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',2,'kidney_vetch.n.01',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',2,'present_participle.n.01',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',2,'slasher.n.02',0.0);
INSERT INTO query_value VALUES(1,'evaluation','R',3,'kidney_vetch.n.01',0.33333333333333331482);
INSERT INTO query_value VALUES(1,'evaluation','R',3,'present_participle.n.01',0.66666666666666662965);
INSERT INTO query_value VALUES(1,'evaluation','R',3,'slasher.n.02',0.33333333333333331482);
INSERT INTO query_value VALUES(1,'evaluation','R',4,'kidney_vetch.n.01',0.75);
INSERT INTO query_value VALUES(1,'evaluation','R',4,'present_participle.n.01',0.5);
INSERT INTO query_value VALUES(1,'evaluation','R',4,'slasher.n.02',0.25);
INSERT INTO query_value VALUES(1,'evaluation','R',5,'kidney_vetch.n.01',1.0);
INSERT INTO query_value VALUES(1,'evaluation','R',5,'present_participle.n.01',0.59999999999999997779);
INSERT INTO query_value VALUES(1,'evaluation','R',5,'slasher.n.02',0.59999999999999997779);
INSERT INTO query_value VALUES(1,'evaluation','nDCG',0,'kidney_vetch.n.01',0.96345182908409154887);
INSERT INTO query_value VALUES(1,'evaluation','nDCG',0,'present_participle.n.01',0.92486324002972097879);
INSERT INTO query_value VALUES(1,'evaluation','nDCG',0,'slasher.n.02',0.75644744096837945868);
INSERT INTO query_value VALUES(2,'evaluation','CVR',0,'kidney_vetch.n.01',1.0);
INSERT INTO query_value VALUES(2,'evaluation','CVR',0,'present_participle.n.01',1.0);
INSERT INTO query_value VALUES(2,'evaluation','CVR',0,'slasher.n.02',1.0);
INSERT INTO query_value VALUES(2,'evaluation','MRR',0,'kidney_vetch.n.01',0.2000000000000000111);
INSERT INTO query_value VALUES(2,'evaluation','MRR',0,'present_participle.n.01',0.090909090909090911614);
INSERT INTO query_value VALUES(2,'evaluation','MRR',0,'slasher.n.02',0.33333333333333331482);
INSERT INTO query_value VALUES(2,'evaluation','R',1,'kidney_vetch.n.01',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',1,'present_participle.n.01',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',1,'slasher.n.02',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',2,'kidney_vetch.n.01',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',2,'present_participle.n.01',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',2,'slasher.n.02',0.0);
INSERT INTO query_value VALUES(2,'evaluation','R',3,'kidney_vetch.n.01',0.33333333333333331482);
INSERT INTO query_value VALUES(2,'evaluation','R',3,'present_participle.n.01',0.66666666666666662965);
INSERT INTO query_value VALUES(2,'evaluation','R',3,'slasher.n.02',0.33333333333333331482);
INSERT INTO query_value VALUES(2,'evaluation','R',4,'kidney_vetch.n.01',0.75);
INSERT INTO query_value VALUES(2,'evaluation','R',4,'present_participle.n.01',0.5);
INSERT INTO query_value VALUES(2,'evaluation','R',4,'slasher.n.02',0.25);
INSERT INTO query_value VALUES(2,'evaluation','R',5,'kidney_vetch.n.01',0.8000000000000000444);
INSERT INTO query_value VALUES(2,'evaluation','R',5,'present_participle.n.01',0.4000000000000000222);
INSERT INTO query_value VALUES(2,'evaluation','R',5,'slasher.n.02',0.59999999999999997779);
INSERT INTO query_value VALUES(2,'evaluation','nDCG',0,'kidney_vetch.n.01',0.94396953322848997647);
INSERT INTO query_value VALUES(2,'evaluation','nDCG',0,'present_participle.n.01',0.918188891868770507);
INSERT INTO query_value VALUES(2,'evaluation','nDCG',0,'slasher.n.02',0.75030109976360170875);
CREATE TABLE curve (
    run TEXT NOT NULL REFERENCES run (id), step INTEGER NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (run, name, step)) WITHOUT ROWID;
INSERT INTO curve VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9',1,'loss',9.7196867923046674775);
INSERT INTO curve VALUES('240bd48a1835a09f6e83b0dd796952b25741460abd1f0db3262772427811f1d9',2,'loss',4.9833871890237331214);
INSERT INTO curve VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938',1,'loss',5.2895789140353297597);
INSERT INTO curve VALUES('4c1812c18f92fcb383341c1fe1b80425b4ac7fcb7a116c9f7d208f54207bd938',2,'loss',1.763735939444915246);
CREATE INDEX sweep_run_by_run ON sweep_run (run);
CREATE VIEW query_metric AS
    SELECT run.id AS run, split, query, metric, k, value
    FROM query_value JOIN run ON run.number = query_value.run;
CREATE VIEW table1 AS
    SELECT sweep_run.row, sweep_run.scale, sweep_run.seed, substr(run.id, 1, 12) AS run, run.state,
        round(100 * max(CASE WHEN metric.metric = 'CVR' AND metric.k = 0
    THEN metric.value END), 2) AS "CVR", round(100 * max(CASE WHEN metric.metric = 'nDCG' AND metric.k = 0
    THEN metric.value END), 2) AS "nDCG", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 1
    THEN metric.value END), 2) AS "R@1", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 2
    THEN metric.value END), 2) AS "R@2", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 3
    THEN metric.value END), 2) AS "R@3", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 4
    THEN metric.value END), 2) AS "R@4", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 5
    THEN metric.value END), 2) AS "R@5"
    FROM sweep_run JOIN run ON run.id = sweep_run.run
        LEFT JOIN metric ON metric.run = run.id AND metric.split = 'evaluation'
    WHERE sweep_run.sweep = 'table1'
    GROUP BY sweep_run.scale, sweep_run.row, sweep_run.seed
    ORDER BY sweep_run.scale, sweep_run.position, sweep_run.seed;
CREATE VIEW table2 AS
    SELECT sweep_run.row, sweep_run.scale, sweep_run.seed, substr(run.id, 1, 12) AS run, run.state,
        round(100 * max(CASE WHEN metric.metric = 'CVR' AND metric.k = 0
    THEN metric.value END), 2) AS "CVR", round(100 * max(CASE WHEN metric.metric = 'nDCG' AND metric.k = 0
    THEN metric.value END), 2) AS "nDCG", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 1
    THEN metric.value END), 2) AS "R@1", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 2
    THEN metric.value END), 2) AS "R@2", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 3
    THEN metric.value END), 2) AS "R@3", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 4
    THEN metric.value END), 2) AS "R@4", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 5
    THEN metric.value END), 2) AS "R@5"
    FROM sweep_run JOIN run ON run.id = sweep_run.run
        LEFT JOIN metric ON metric.run = run.id AND metric.split = 'evaluation'
    WHERE sweep_run.sweep = 'table2'
    GROUP BY sweep_run.scale, sweep_run.row, sweep_run.seed
    ORDER BY sweep_run.scale, sweep_run.position, sweep_run.seed;
CREATE VIEW table3 AS
    SELECT sweep_run.row, sweep_run.scale, sweep_run.seed, substr(run.id, 1, 12) AS run, run.state,
        round(100 * max(CASE WHEN metric.metric = 'CVR' AND metric.k = 0
    THEN metric.value END), 2) AS "CVR", round(100 * max(CASE WHEN metric.metric = 'nDCG' AND metric.k = 0
    THEN metric.value END), 2) AS "nDCG", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 1
    THEN metric.value END), 2) AS "R@1", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 2
    THEN metric.value END), 2) AS "R@2", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 3
    THEN metric.value END), 2) AS "R@3", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 4
    THEN metric.value END), 2) AS "R@4", round(100 * max(CASE WHEN metric.metric = 'R' AND metric.k = 5
    THEN metric.value END), 2) AS "R@5"
    FROM sweep_run JOIN run ON run.id = sweep_run.run
        LEFT JOIN metric ON metric.run = run.id AND metric.split = 'evaluation'
    WHERE sweep_run.sweep = 'table3'
    GROUP BY sweep_run.scale, sweep_run.row, sweep_run.seed
    ORDER BY sweep_run.scale, sweep_run.position, sweep_run.seed;
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
COMMIT;
