import Foundation

/// A file or folder that could not be read or written: where, and why in the system's words.
public struct FileFailure: Error, Equatable, CustomStringConvertible {
    /// The file or folder, as the caller named it.
    public let path: String
    /// What went wrong, in words, say "No space left on device".
    public let reason: String

    /// - Parameter error: What Foundation threw; the reason is that of the deepest error beneath it.
    public init(_ path: String, _ error: any Error) {
        self.path = path
        var deepest = error as NSError
        while let next = deepest.userInfo[NSUnderlyingErrorKey] as? NSError { deepest = next }
        switch (deepest.domain, deepest.code) {
        case (NSPOSIXErrorDomain, let code): reason = String(cString: strerror(Int32(code)))
        case (NSCocoaErrorDomain, CocoaError.fileWriteUnknown.rawValue):
            // All that Foundation tells where a folder cannot be made below a file.
            reason = "it cannot be made; is there a file where a folder should be?"
        default:
            // Foundation puts a sentence first that says nothing of the cause.
            reason = deepest.localizedDescription
                .replacingOccurrences(of: "The operation could not be completed. ", with: "")
        }
    }

    /// Runs `body`, which works on `url`, and turns what Foundation throws into a `FileFailure`.
    public static func naming<Value>(_ url: URL, _ body: () throws -> Value) throws -> Value {
        // Errors of another type have been made by this program and say enough already.
        do { return try body() } catch let error as CocoaError { throw FileFailure(url.path, error) }
    }

    /// Path and reason on one line.
    public var description: String { "\(path): \(reason)" }
}
