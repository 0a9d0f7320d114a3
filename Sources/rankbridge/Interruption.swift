import Dispatch
import Foundation

/// Ctrl-C and SIGTERM, turned into a question that trainers ask between steps. A second Ctrl-C kills.
final class Interruption: @unchecked Sendable {
    static let shared = Interruption()

    private let lock = NSLock()
    private var received: Int32?
    private var sources: [any DispatchSourceSignal] = []

    /// Exit code of an interrupted command: 128 + the signal's number.
    var exitCode: Int32 { 128 + (signal ?? SIGINT) }

    var signal: Int32? {
        lock.lock()
        defer { lock.unlock() }
        return received
    }

    /// - Parameter message: What a first signal is answered with; nil: nothing, as by a command that ends at once.
    func listen(saying message: String? = "\nstopping at the next step; once more stops at once\n") {
        block([SIGINT, SIGTERM])
        for number in [SIGINT, SIGTERM] {
            // A dispatch source hears of a signal beside what the signal does by itself, which is to end the program.
            Foundation.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in handle(number, message) }
            source.resume()
            sources.append(source)
        }
    }

    /// Keeps signals from this thread, the one that computes beside the dispatch library's workers; they block them already.
    ///
    /// Otherwise the dispatch library's handler runs on this thread, and the kernel writes the handler's
    /// frame below that thread's stack pointer. A sweep's memory was found damaged after a signal, and a trap or a corrupted
    /// heap in place of the checkpoint. Blocked, signals reach the dispatch source by its descriptor.
    private func block(_ numbers: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    private func handle(_ number: Int32, _ message: String?) {
        lock.lock()
        defer { lock.unlock() }
        // Not `exit`, which runs handlers while other threads still compute.
        if received != nil { _exit(128 + number) }
        received = number
        if let message { StandardError.write(message) }
    }
}
