import Foundation
import Tensors

/// A cluster plan as a folder of scripts for Slurm: an array job a stage.
///
/// A task works in a folder of its own on its node's disk and brings that back after each run, whole or not at all. Some
/// minutes before the time limit Slurm signals it: it writes a checkpoint, brings it back and is queued again. A task that
/// is lost with its node is queued again by Slurm and goes on from what it had brought back.
public struct SlurmPlan: Sendable {
    public struct Limits: Sendable {
        /// Minutes that a task may take, before it is queued again.
        public var minutes: Int
        /// Minutes before that limit at which a task stops.
        public var warningMinutes: Int
        /// Processors of a task, and threads of its runs.
        public var threads: Int

        /// Four hours on one processor, with a warning five minutes before, if nothing else is said.
        public init(minutes: Int = 240, warningMinutes: Int = 5, threads: Int = 1) {
            self.minutes = minutes
            self.warningMinutes = warningMinutes
            self.threads = threads
        }
    }

    let plan: ClusterPlan
    let command: SweepCommandLine
    /// The program, for merging.
    let program: String
    /// Where the sweep was entered, and what the tasks' work is merged into.
    let results: URL
    /// The folder from which relative paths among the runs' options go.
    let origin: URL
    let limits: Limits

    /// A plan's folder that is still to be written.
    ///
    /// - Parameters:
    ///   - command: What does the plan's runs, with absolute paths.
    ///   - program: The path of the program, which merges.
    ///   - results: The results folder in which the sweep was entered.
    ///   - origin: The folder from which relative paths among the runs' options go; the current one by default.
    public init(
        _ plan: ClusterPlan, command: SweepCommandLine, program: String, results: URL,
        origin: URL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath), limits: Limits
    ) {
        self.plan = plan
        self.command = command
        self.program = program
        self.results = results
        self.origin = origin
        self.limits = limits
    }

    /// Writes the folder's files, among them the finished runs that the plan's runs start from, with their models.
    ///
    /// - Returns: The script that submits the jobs.
    /// - Throws: `FileFailure` if a file cannot be written; `ResultsError.usedPlan` if the folder holds a plan already: tasks of it may
    ///   be queued, and would read this one's lines, or have brought work back, of which this one's tasks would know nothing.
    public func write(to folder: URL, from database: ResultsDatabase) throws -> URL {
        let submit = folder.appendingPathComponent("submit.sh")
        guard !FileManager.default.fileExists(atPath: submit.path) else {
            throw ResultsError.usedPlan(folder: folder.path)
        }
        for name in ["back", "logs"] {
            let inner = folder.appendingPathComponent(name)
            try FileFailure.naming(inner) {
                try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            }
        }
        for (index, tasks) in plan.stages.enumerated() {
            let lines = tasks.map { $0.joined(separator: " ") + "\n" }.joined()
            try write(lines, to: folder.appendingPathComponent("stage-\(index + 1).txt"))
        }
        try writeBases(to: folder, from: database)
        try write(taskScript, to: folder.appendingPathComponent("task.sh"), executable: true)
        try write(submitScript, to: submit, executable: true)
        try write(mergeScript, to: folder.appendingPathComponent("merge.sh"), executable: true)
        return submit
    }

    private func writeBases(to folder: URL, from database: ResultsDatabase) throws {
        let (file, models) = (
            folder.appendingPathComponent("bases.jsonl"), folder.appendingPathComponent("bases")
        )
        guard !plan.finishedBases.isEmpty else { return }
        try database.export(
            sweep: plan.sweep, scale: plan.scale, only: Set(plan.finishedBases), to: file)
        try ResultsFolder(models).copyModels(plan.finishedBases, from: ResultsFolder(results))
    }

    private func write(_ text: String, to file: URL, executable: Bool = false) throws {
        try OutputFile(file.path).write(text)
        try FileFailure.naming(file) {
            try FileManager.default.setAttributes(
                [.posixPermissions: executable ? 0o755 : 0o644], ofItemAtPath: file.path)
        }
    }
}

// MARK: Scripts

extension SlurmPlan {
    private var submitScript: String {
        """
        #!/bin/bash
        # usage: submit.sh [OPTION OF SBATCH]...
        # Submits the sweep's runs as array jobs, those that others start from first. May be called again: what has been
        # brought back is not done again.
        set -euo pipefail
        cd "$(dirname "$0")"
        # Indices of an array lie below MaxArraySize, so a longer list becomes several arrays.
        size=$(scontrol show config | sed -n 's/^MaxArraySize *= *//p')
        chunk=$((${size:-1001} - 1))
        dependency=()
        for stage in 1 2; do
            tasks=$(wc -l < stage-$stage.txt)
            jobs=
            for ((first = 0; first < tasks; first += chunk)); do
                count=$((tasks - first < chunk ? tasks - first : chunk))
                jobs+=:$(sbatch --parsable --job-name=rankbridge-$stage --array=1-$count --requeue \\
                    --open-mode=append --output="$PWD/logs/%A_%a.log" --cpus-per-task=\(limits.threads) \\
                    --time=\(limits.minutes) --signal=B:USR1@\(60 * limits.warningMinutes) \\
                    "${dependency[@]}" "$@" "$PWD/task.sh" "$PWD" $stage $first)
            done
            [ -z "$jobs" ] && continue
            dependency=(--dependency=afterany$jobs)
            echo "stage $stage: $tasks tasks, jobs${jobs//:/ }"
        done
        echo "afterwards: $PWD/merge.sh"

        """
    }

    private var mergeScript: String {
        """
        #!/bin/bash
        # Merges what the tasks have brought back; may be called at any time, and again.
        set -euo pipefail
        cd "$(dirname "$0")"
        shopt -s nullglob
        tasks=(back/[12]-[0-9]*)
        [ ${#tasks[@]} -gt 0 ] || { echo "no task has brought anything back yet"; exit 1; }
        exec \(shellQuoted(program)) runs merge "$@" \(shellQuoted(results.path)) "${tasks[@]}"

        """
    }

    private var taskScript: String {
        """
        #!/bin/bash
        # usage: task.sh FOLDER STAGE FIRST
        # The runs on line FIRST + SLURM_ARRAY_TASK_ID of FOLDER/stage-STAGE.txt, in a folder on the node's own disk.
        set -uo pipefail
        folder=$1 stage=$2 task=$(($3 + SLURM_ARRAY_TASK_ID))
        name=$stage-$(printf %05d $task)
        program=\(shellQuoted(program)) results=\(shellQuoted(results.path))
        read -ra runs < <(sed -n "${task}p" "$folder/stage-$stage.txt")
        disk=${SLURM_TMPDIR:-${TMPDIR:-/tmp}}
        own=$(mktemp -d "$disk/rankbridge-$SLURM_JOB_ID-$name.XXXXXX") || exit 1
        trap 'rm -rf "$own"' EXIT

        # Slurm's warning, and its end: the run under way writes a checkpoint, and the next call goes on from it.
        stopping= child=
        stop() {
            stopping=$1
            [ -z "$child" ] || kill -TERM "$child" 2> /dev/null
        }
        trap 'stop warned' USR1
        trap 'stop ended' TERM

        # Whoever reads FOLDER/back sees a task's work as it was or as it is: a link is put in the other's place.
        bring_back() {
            local new old
            # A task that ended before its first run was entered has nothing to bring, and merging refuses a folder of nothing.
            [ -e "$own/results.db" ] || return 1
            # A task that was submitted twice may be here twice, so names are each one's own.
            new=.$name.$SLURM_JOB_ID.$(date +%s%N).$$
            old=$(readlink "$folder/back/$name")
            cp -R "$own" "$folder/back/$new.partial" || { echo "$name: could not be brought back" >&2; return 1; }
            # Models are large, and only those that other runs start from are needed.
            [ $stage = 1 ] || [ -n "${KEEP_MODELS:-}" ] || rm -rf "$folder/back/$new.partial/models"
            mv "$folder/back/$new.partial" "$folder/back/$new" \\
                && ln -s "$new" "$folder/back/$new.link" && mv -T "$folder/back/$new.link" "$folder/back/$name" \\
                || { echo "$name: could not be brought back" >&2; return 1; }
            [ -z "$old" ] || rm -rf "${folder:?}/back/$old"
            # What killed tasks left.
            find "$folder/back" -maxdepth 1 -name ".$name.*" ! -name "$new" -mmin +1440 -exec rm -rf {} +
        }

        if [ -e "$folder/back/$name" ]; then
            cp -R "$folder/back/$name/." "$own" || exit 1
        fi
        if [ $stage = 2 ]; then
            mkdir -p "$own/models"
            if [ -e "$folder/bases.jsonl" ]; then
                "$program" runs import "$folder/bases.jsonl" --results "$own" || exit 1
                cp "$folder/bases/models"/* "$own/models/" || exit 1
            fi
            for base in "$folder"/back/1-[0-9]*; do
                [ -e "$base" ] || continue
                "$program" runs merge "$own" "$base" || exit 1
                [ ! -d "$base/models" ] || cp "$base/models"/* "$own/models/" || exit 1
            done
        fi
        [ ! -d "$results/data" ] || ln -sfn "$results/data" "$own/data"
        # Where the sweep was planned, because a model's path among its options may be relative.
        cd \(shellQuoted(origin.path)) || echo "$name: relative paths will not be found" >&2

        finished=
        if [ -e "$own/results.db" ]; then
            finished=$("$program" runs list --state finished --results "$own" | cut -d ' ' -f 1) || exit 1
        fi
        worst=0
        for run in "${runs[@]}"; do
            ! grep -qx "${run:0:12}" <<< "$finished" || continue
            # A run whose process was killed is taken up again, a few times.
            for attempt in 1 2 3; do
                [ -z "$stopping" ] || break
                \(command.text) --results "$own" --mode retry --run "$run" &
                child=$!
                while wait "$child"; code=$?; kill -0 "$child" 2> /dev/null; do :; done
                child=
                [ $code -gt 128 ] || break
            done
            bring_back || worst=1
            [ -z "$stopping" ] || break
            [ $code -eq 0 ] || worst=1
        done

        # The last run may have ended before the signal came: then there is nothing to queue for.
        if [ "$stopping" = warned ]; then
            echo "$name: time is nearly up, queued again"
            scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
            exit 0
        fi
        exit $worst

        """
    }
}
