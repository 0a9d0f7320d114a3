import Foundation
import TestSupport
import Tensors
import Testing

@testable import ProductSearch

/// A .npy file as NumPy writes it.
func npy(_ header: String, _ numbers: Data, version: UInt8 = 1) -> Data {
    let length = version == 1 ? 2 : 4
    var text = header
    while (6 + 2 + length + text.utf8.count + 1) % 64 != 0 { text += " " }
    text += "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [version, 0])
    data.append(contentsOf: (0..<length).map { UInt8(text.utf8.count >> (8 * $0) & 255) })
    return data + Data(text.utf8) + numbers
}

func npy(_ rows: [[Float]], type: String = "<f4", order: String = "False", version: UInt8 = 1) -> Data {
    var numbers = Data()
    for value in rows.joined() {
        if type == "<f8" {
            withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
        } else {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
        }
    }
    let shape = "(\(rows.count), \(rows.first?.count ?? 0))"
    return npy(
        "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }", numbers, version: version)
}

@Suite struct NPYFileTests {
    let folder: TemporaryFolder
    let rows: [[Float]] = [[3, 4], [0, -2], [1, 1]]

    init() throws { folder = try TemporaryFolder() }

    private func file(_ data: Data, _ name: String = "a.npy") throws -> String {
        try data.write(to: folder.url.appendingPathComponent(name))
        return folder.path(name)
    }

    @Test func rowsAreScaledToLengthOne() throws {
        for data in [npy(rows), npy(rows, type: "<f8"), npy(rows, version: 2)] {
            let read = try NPYFile(file(data))
            #expect(read.count == 3 && read.width == 2)
            let half = Float(0.5.squareRoot())
            let expected: [Float] = [0.6, 0.8, 0, -1, half, half]
            #expect(try read.all == expected)
        }
    }

    /// A direction is one however long the vector is: these doubles are no floats.
    @Test(arguments: [1e-60, 1e200, 1e-300]) func doublesOfAnySizeHaveADirection(size: Double) throws {
        var numbers = Data()
        for value in [3 * size, 4 * size] {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
        }
        let data = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", numbers)
        let read = try NPYFile(file(data)).all
        #expect(abs(read[0] - 0.6) < 1e-6 && abs(read[1] - 0.8) < 1e-6, "\(read)")
    }

    @Test func otherArraysAreRefusedByName() throws {
        func error(_ data: Data) throws -> EmbeddingError? {
            let path = try file(data)
            do { _ = try NPYFile(path) } catch let error as EmbeddingError { return error }
            return nil
        }
        let path = folder.path("a.npy")
        #expect(try error(npy(rows, type: "<i8")) == .type(file: path, "<i8"))
        #expect(try error(npy(rows, type: ">f4")) == .type(file: path, ">f4"))
        #expect(try error(npy(rows, order: "True")) == .fortranOrder(file: path))
        let flat = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", Data(count: 24))
        #expect(try error(flat) == .shape(file: path, found: [6], expected: "[texts, width]"))
        #expect(try error(npy([])) == .shape(file: path, found: [0, 0], expected: "[texts, width]"))
        for bad in [Float.nan, .infinity, 0] {
            #expect(try error(npy([[1, 2], [bad, 0]])) == .noDirection(file: path, row: 1))
        }
        for (data, word) in [
            (npy(rows).dropLast(3), "bytes of numbers"), (npy(rows) + Data([0]), "bytes of numbers"),
            (npy(rows).prefix(40), "header"), (Data("hello".utf8), "does not begin"), (Data(), "begin"),
            (npy("{'descr': '<f4', 'fortran_order': False, }", Data()), "'shape'"),
            (
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }", Data()),
                "fill"
            ),
        ] {
            guard case .malformed(_, let reason) = try error(data) else {
                Issue.record("not malformed: \(try String(describing: error(data)))")
                continue
            }
            #expect(reason.contains(word), "\(reason)")
        }
    }

    @Test func damagedFilesAreRefusedOrRead() throws {
        let refused = try damage(npy(rows), 300, isExpected: { $0 is EmbeddingError }) { data in
            _ = try NPYFile(file(data))
        }
        #expect(refused > 100)
    }

    @Test func bothFilesMustFitTheCollection() throws {
        let three = try file(npy(rows), "three.npy")
        let two = try file(npy([[1, 0], [0, 1]]), "two.npy")
        let wide = try file(npy([[1, 0, 0], [0, 1, 0]]), "wide.npy")
        let own = try OwnEmbeddings("\(three),\(two)", titles: 3, queries: 2)
        #expect(own.titles.count == 3 && own.queries.count == 2)
        func refusal(_ option: String) -> EmbeddingError? {
            do { _ = try OwnEmbeddings(option, titles: 3, queries: 2) } catch {
                return error as? EmbeddingError
            }
            return nil
        }
        #expect(refusal(three) == .option(three))
        #expect(refusal("\(three),") == .option("\(three),"))
        #expect(refusal("\(two),\(three)") == .count(file: two, found: 2, texts: 3, kind: "titles"))
        #expect(refusal("\(three),\(wide)") == .widths(titles: 2, queries: 3))
        #expect(throws: FileFailure.self) { try OwnEmbeddings("\(three),/nowhere", titles: 3, queries: 2) }
        #expect(refusal("\(three),/dev/null") == .notAFile("/dev/null"))
        #expect(refusal("/tmp,\(two)") == .notAFile("/tmp"))
        let link = two + ".link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: two)
        #expect(try OwnEmbeddings("\(three),\(link)", titles: 3, queries: 2).queries.count == 2)
    }
}
