import ArgumentParser
@preconcurrency import Foundation

/// What the command says on stderr: progress and remarks, which no result depends on.
///
/// A full disk, a closed descriptor, a terminal that has gone away: what cannot be written is dropped, and the work goes
/// on. `FileHandle.write(_:)` would end the program instead.
enum StandardError {
    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            // A pipe may take only a part at once.
            bytes = bytes.dropFirst(written)
        }
    }
}

/// What the command answers on stdout, through `print`; its reader must be told when a part of it is missing.
enum StandardOutput {
    struct Unwritable: Error, CustomStringConvertible {
        let reason: String
        var description: String { "standard output could not be written: \(reason)" }
    }

    /// Writes what is still in memory, once all has been printed.
    ///
    /// A reader that has had enough (`rankbridge runs list | head`) is no fault: the program then ends as other programs do
    /// in a pipeline, by SIGPIPE and without a word.
    ///
    /// - Throws: `Unwritable`, when any of what was printed could not be written.
    static func finish() throws {
        let flushed = fflush(stdout)
        // Asked for at once: any later call may change it.
        let reason = String(cString: strerror(errno))
        guard flushed != 0 || ferror(stdout) != 0 else { return }
        if hasLostItsReader {
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        throw Unwritable(reason: flushed != 0 ? reason : "a part of it is missing")
    }

    private static var hasLostItsReader: Bool {
        var descriptor = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        // POLLERR is told without being asked for. Of a pipe it says that nobody is left to read it.
        return poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLERR) != 0
    }
}

enum StandardStreams {
    /// Makes the three standard descriptors safe to have, before any file is opened.
    ///
    /// One that is closed (`2>&-`) would be given to the next file that is opened, results.db say, and the progress of a
    /// training would be written into it. It becomes /dev/null, opened such that reading it or writing to it fails as it
    /// would on a closed one; stderr, which may be dropped, can be written. SIGPIPE is ignored, so that a training outlives
    /// whoever was reading its progress.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        // The lowest free number is taken: in this order each open lands on the descriptor that is missing.
        for (descriptor, mode) in [
            (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
        ]
        where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", mode)
        }
    }
}

extension RankBridge {
    /// Runs the command of the command line and ends the program with its exit code.
    static func main() {
        StandardStreams.prepare()
        do {
            var command = try parseAsRoot()
            do {
                try command.run()
            } catch let error as ValidationError {
                refuse(error, by: type(of: command))
            }
            try StandardOutput.finish()
        } catch  where exitCode(for: error).isSuccess {
            // `--help` and its like arrive here as errors.
            print(fullMessage(for: error))
            do { try StandardOutput.finish() } catch { exit(withError: error) }
        } catch {
            exit(withError: error)
        }
    }

    /// Ends the program for arguments that only the running command finds to be wrong, with that command's usage: the library
    /// would print the main command's.
    private static func refuse(_ error: ValidationError, by command: any ParsableCommand.Type) -> Never {
        StandardError.write("Error: \(error.message)\nUsage: \(usageString(for: command))\n")
        exit(withError: ExitCode.validationFailure)
    }
}
