import Foundation

/// A file that a person names for output.
///
/// A plain file, or one that is not there yet, gets its new contents as a whole or not at all. Everything else is
/// written through and stays what it is: a pipe, a device, a symbolic link (the file that it points to gets the
/// contents). /dev/stdout and its kin are the program's own open streams, so that what was printed before comes first.
public struct OutputFile {
    /// The path as it was given.
    public let path: String

    /// The file of a path; nothing is opened yet.
    public init(_ path: String) { self.path = path }

    /// Writes `text` in UTF-8, as `write(_:)` does.
    ///
    /// - Throws: `FileFailure` with the system's reason.
    public func write(_ text: String) throws(FileFailure) { try write(Array(text.utf8)) }

    /// Makes `bytes` the file's contents, or writes them to what is no plain file.
    ///
    /// - Throws: `FileFailure` with the system's reason.
    public func write(_ bytes: [UInt8]) throws(FileFailure) {
        if let stream = openStream {
            // What stdio still holds was printed before this, and must come out before it.
            fflush(nil)
            return try write(bytes, to: stream)
        }
        var status = stat()
        // `lstat` looks at a link itself: a link is written through, and must not be replaced by a plain file.
        let isThere = lstat(path, &status) == 0
        guard !isThere || status.st_mode & S_IFMT == S_IFREG else { return try writeThrough(bytes) }
        // A file that is there keeps its permissions; a new one gets what the umask leaves of 0666.
        let mode = isThere ? status.st_mode & 0o7777 : 0o666
        // Where a folder takes no new file, its old ones may still be written.
        guard let (beside, descriptor) = temporary(mode, exact: isThere) else {
            return try writeThrough(bytes)
        }
        do throws(FileFailure) {
            try close(
                descriptor,
                after: { () throws(FileFailure) in
                    try write(bytes, to: descriptor)
                    // Contents must be on the disk before the name is: else a power failure
                    // could leave an empty file in place of the old.
                    if fsync(descriptor) != 0 { throw failure() }
                })
            if rename(beside, path) != 0 { throw failure() }
        } catch {
            unlink(beside)
            throw error
        }
    }

    /// The descriptor that a path such as /dev/stdout or /dev/fd/3 stands for.
    private var openStream: Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            // Linux would open such a path anew, with a position of its own, and write over what was printed before.
            for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
                return Int32(path.dropFirst(folder.count))
            }
            return nil
        }
    }

    private func failure() -> FileFailure {
        FileFailure(path, NSError(domain: NSPOSIXErrorDomain, code: Int(errno)))
    }

    private func writeThrough(_ bytes: [UInt8]) throws(FileFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure() }
        try close(descriptor, after: { () throws(FileFailure) in try write(bytes, to: descriptor) })
    }

    /// A new file in the same folder, which will take the path; nil where there can be none.
    private func temporary(_ mode: mode_t, exact: Bool) -> (path: String, descriptor: Int32)? {
        let beside = TemporaryFile.beside(URL(fileURLWithPath: path)).path
        unlink(beside)
        // O_EXCL follows no link that somebody else may have put there.
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return nil }
        // The umask has been applied to the mode of `open`; a file that is replaced keeps its mode exactly.
        if exact { fchmod(descriptor, mode) }
        return (beside, descriptor)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // A pipe may take fewer bytes than it is offered, and a signal may interrupt the
            // call before it takes any.
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 {
                // The call says of no error, and errno is that of an earlier one.
                throw FileFailure(path, NSError(domain: NSPOSIXErrorDomain, code: Int(EIO)))
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    private func close(
        _ descriptor: Int32, after body: () throws(FileFailure) -> Void
    ) throws(FileFailure) {
        do throws(FileFailure) { try body() } catch {
            // The first error is the one that tells the cause.
            _ = Foundation.close(descriptor)
            throw error
        }
        // Some file systems tell only here that a disk or a quota is full.
        if Foundation.close(descriptor) != 0 { throw failure() }
    }
}
