import Foundation

/// A text file that a person names, read as a whole: a plain file, a pipe, /dev/stdin or a shell's `<(command)`.
///
/// Text is UTF-8. A byte-order mark before it is skipped, and lines end in LF or in CR LF. Whatever is compared is
/// compared by its bytes: Swift's `==` on strings is canonical equivalence, and "\r\n" is one Character.
public struct InputFile: Sendable {
    /// The path as it was given, for messages.
    public let path: String
    /// What the file holds after its byte-order mark, if it has one.
    public let bytes: [UInt8]

    /// Reads a file to its end. It is opened once and read in order, so that pipes are read as well.
    ///
    /// - Throws: `InputError.unreadable` with the system's reason; `.otherEncoding` for UTF-16 and UTF-32.
    public init(_ path: String) throws(InputError) {
        try self.init(path: path, bytes: Self.read(path))
    }

    /// A file's bytes that have been read already.
    ///
    /// - Throws: `InputError.otherEncoding` for text in UTF-16 and UTF-32.
    public init(path: String, bytes: [UInt8]) throws(InputError) {
        // Little-endian UTF-32 begins with FF FE too, so the first mark stands for both.
        let marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF], [0, 0, 0xFE, 0xFF]]
        guard !marks.contains(where: bytes.starts(with:)) else { throw .otherEncoding(file: path) }
        self.path = path
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// The text as a whole.
    ///
    /// - Throws: `InputError.notText` with the first line that is no UTF-8.
    public func text() throws(InputError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        // The text is checked whole first, which is quick; only a text that fails is looked through for its bad line.
        for line in lines { _ = try line.text() }
        throw .notText(file: path, line: 1, reason: "this is no text in UTF-8")
    }

    /// All lines, empty ones too, without their ends; none after the last end.
    public var lines: [InputLine] {
        var lines: [InputLine] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
            lines.append(
                InputLine(
                    file: path, number: lines.count + 1, bytes: bytes[start..<(hasReturn ? end - 1 : end)]))
            start = end + 1
        }
        return lines
    }

    private static func read(_ path: String) throws(InputError) -> [UInt8] {
        func failure() -> InputError { .unreadable(file: path, reason: String(cString: strerror(errno))) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                // A signal came while nothing had been read; it says nothing of the file.
                if errno == EINTR { continue }
                throw failure()
            }
            bytes += chunk[..<count]
        }
    }
}

/// A line of an input file.
public struct InputLine: Sendable {
    /// The file's path, for messages.
    public let file: String
    /// Counted from 1.
    public let number: Int
    /// Without the line's end.
    public let bytes: ArraySlice<UInt8>

    /// Whether it holds nothing but blanks and tabs.
    public var isBlank: Bool { bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// The line as text.
    ///
    /// - Throws: `InputError.notText` where it is no UTF-8, or holds a NUL or a carriage return, which end no line.
    public func text() throws(InputError) -> String {
        func failure(_ reason: String) -> InputError { .notText(file: file, line: number, reason: reason) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("this is no text in UTF-8")
        }
        guard !bytes.contains(0) else { throw failure("a NUL byte is no text") }
        guard !bytes.contains(UInt8(ascii: "\r")) else {
            throw failure("a carriage return stands within the line: lines end in LF or in CR LF")
        }
        return text
    }

    /// The parts between tabs, blanks around each dropped.
    public var tabFields: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map(Self.trimmed)
    }

    /// The parts between blanks and tabs.
    public var blankFields: [ArraySlice<UInt8>] {
        bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes
        while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
        while rest.last == UInt8(ascii: " ") { rest.removeLast() }
        return rest
    }
}

/// Why a file that a person named is not read.
public enum InputError: Error, Equatable, CustomStringConvertible {
    /// It cannot be opened or read; the reason is the system's.
    case unreadable(file: String, reason: String)
    /// It begins with the mark of UTF-16 or UTF-32.
    case otherEncoding(file: String)
    /// A line of it is no text.
    case notText(file: String, line: Int, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .otherEncoding(let file): "\(file): this is text in UTF-16 or UTF-32; save it as UTF-8"
        case .notText(let file, let line, let reason): "\(file):\(line): \(reason)"
        }
    }
}
