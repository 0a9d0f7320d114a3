import Foundation
import RankingData
import Tensors

/// Embeddings of the user's own in NumPy's file format: float32 or float64, little-endian, C order, [texts, width].
///
/// The file is mapped; its rows are scaled to length 1 as they are read. Source of the format:
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
public struct NPYFile: EmbeddingSource {
    /// The array's rows; at least 1.
    public let count: Int
    /// The array's columns, in 1...65,536.
    public let width: Int
    private let path: String
    private let data: Data
    /// Where the numbers begin.
    private let start: Int
    private let isDouble: Bool

    /// Opens a file and reads all its numbers once.
    ///
    /// - Throws: `EmbeddingError` for any other kind of array, a file that is shorter or longer than its header says, and
    ///   rows that have no direction: NaN, infinite or all zeros.
    public init(_ path: String) throws {
        self.path = path
        let url = URL(fileURLWithPath: path)
        // A folder or a pipe cannot be mapped.
        let isFile = try FileFailure.naming(url) {
            try url.resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey]).isRegularFile
        }
        guard isFile ?? false else { throw EmbeddingError.notAFile(path) }
        data = try FileFailure.naming(url) { try Data(contentsOf: url, options: .alwaysMapped) }
        let header = try NPYHeader(data, path: path)
        (count, width, start, isDouble) = (header.rows, header.columns, header.end, header.isDouble)
        let row = FloatBuffer(count: width)
        // A row without a direction is found here, before hours of work on those before it.
        for index in 0..<count { try read(index..<(index + 1), to: row.base) }
    }

    /// SHA-256 of the whole file, its header too.
    public var fingerprint: String { Fingerprint.of(data) }

    /// - Throws: `EmbeddingError.noDirection` where the file was changed since it was opened.
    public func read(_ rows: Range<Int>, to target: UnsafeMutablePointer<Float>) throws {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) are not all there")
        data.withUnsafeBytes { bytes in
            for (place, row) in rows.enumerated() {
                let own = target + place * width
                if isDouble { readDoubles(bytes, row, own) } else { readFloats(bytes, row, own) }
            }
        }
        for (place, row) in rows.enumerated() where !Self.normalise(target + place * width, width) {
            throw EmbeddingError.noDirection(file: path, row: row)
        }
    }

    /// Scales a row to length 1; false where it has none.
    @discardableResult
    static func normalise(_ row: UnsafeMutablePointer<Float>, _ width: Int) -> Bool {
        var squares = 0.0
        for column in 0..<width { squares += Double(row[column]) * Double(row[column]) }
        let length = squares.squareRoot()
        guard length > 0, length.isFinite else { return false }
        for column in 0..<width { row[column] = Float(Double(row[column]) / length) }
        return true
    }

    // A header may have any length, so that numbers need not lie at multiples of their size.

    private func readFloats(
        _ bytes: UnsafeRawBufferPointer, _ row: Int, _ target: UnsafeMutablePointer<Float>
    ) {
        for column in 0..<width {
            let offset = start + (row * width + column) * 4
            target[column] = Float(
                bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            )
        }
    }

    private func readDoubles(
        _ bytes: UnsafeRawBufferPointer, _ row: Int, _ target: UnsafeMutablePointer<Float>
    ) {
        let numbers = (0..<width).map { column in
            let offset = start + (row * width + column) * 8
            return Double(
                bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            )
        }
        // A direction is a direction however long the vector is, and a float holds less than a double.
        let largest = numbers.reduce(0) { max($0, abs($1)) }
        let unit = (1e-30...1e30).contains(largest) ? 1 : largest
        for column in 0..<width { target[column] = Float(numbers[column] / unit) }
    }
}

/// What a .npy file says of its array.
struct NPYHeader {
    let rows: Int
    let columns: Int
    let isDouble: Bool
    /// Bytes before the first number.
    let end: Int

    init(_ data: Data, path: String) throws(EmbeddingError) {
        guard data.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)), data.count >= 10 else {
            throw .malformed(file: path, reason: "it does not begin as a .npy file does")
        }
        let bytes = [UInt8](data.prefix(12))
        // The header's length has two bytes in version 1 of the format, and four in versions 2 and 3.
        let long = bytes[6] >= 2
        guard (1...3).contains(bytes[6]), !long || data.count >= 12 else {
            throw .malformed(file: path, reason: "its format has version \(bytes[6]); 1 to 3 are read")
        }
        let length = (long ? bytes[8..<12] : bytes[8..<10]).reversed().reduce(0) { $0 << 8 | Int($1) }
        end = (long ? 12 : 10) + length
        guard end <= data.count else {
            throw .malformed(file: path, reason: "its header is cut short")
        }
        let text = String(decoding: data.subdata(in: (end - length)..<end), as: UTF8.self)
        func value(_ key: String, _ pattern: String) throws(EmbeddingError) -> String {
            let expression = try? Regex("'\(key)':\\s*\(pattern)\\s*[,}]")
            guard let expression, let match = text.firstMatch(of: expression),
                let found = match.output[1].substring
            else { throw .malformed(file: path, reason: "its header has no readable '\(key)'") }
            return String(found)
        }
        let type = try value("descr", "'([^']*)'")
        guard ["<f4", "<f8"].contains(type) else { throw .type(file: path, type) }
        guard try value("fortran_order", "(True|False)") == "False" else { throw .fortranOrder(file: path) }
        let shape = try value("shape", "\\(([0-9, ]*)\\)").split(separator: ",").compactMap {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        isDouble = type == "<f8"
        guard shape.count == 2, shape[0] >= 1, (1...65_536).contains(shape[1]) else {
            throw .shape(file: path, found: shape, expected: "[texts, width]")
        }
        (rows, columns) = (shape[0], shape[1])
        // A damaged header may ask for more rows than an integer can count bytes of; columns are bounded above.
        let (numbers, overflow) = rows.multipliedReportingOverflow(by: columns * (isDouble ? 8 : 4))
        guard !overflow, data.count - end == numbers else {
            throw .malformed(
                file: path, reason: "\(data.count - end) bytes of numbers do not fill the shape \(shape)")
        }
    }
}
