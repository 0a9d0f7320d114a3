import ArgumentParser

/// The command. Exit codes: 0 success, 1 a run failed, a file, the data or an option's value could not be used, or
/// stdout could not be written, 64 wrong usage,
/// 130 interrupted by Ctrl-C, 143 by SIGTERM (the next call goes on from the checkpoint).
@main
struct RankBridge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankbridge",
        abstract:
            "Trains, evaluates and compares rankers: dual encoders, cross encoders, autoregressive rankers.",
        discussion: """
            Reproduces "Autoregressive Ranking: Bridging the Gap Between Dual and Cross Encoders" (arXiv 2601.05588).
            Every run goes into RESULTS/results.db, which sqlite3 opens.

            Exit codes: 0 success; 1 a run failed, a file, the data or an option's value cannot be used, or \
            stdout cannot be written; 64 wrong usage; \
            130 interrupted by Ctrl-C and 143 by SIGTERM: the next call goes on from the checkpoint.
            """,
        subcommands: [
            DataCommand.self, ModelCommand.self, Train.self, Evaluate.self, Rank.self, Sweep.self, Watch.self,
            ListOptions.self, Report.self, CapacityCommand.self, Runs.self, ExportJob.self,
            ImportScores.self, VersionCommand.self,
        ])
}
