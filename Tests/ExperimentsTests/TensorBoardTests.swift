import Foundation
import Testing

@testable import Experiments

/// TensorBoard's event files.
@Suite("TensorBoard events")
struct TensorBoardTests {
    @Test("checksums are those of RFC 3720, appendix B.4")
    func checksums() {
        #expect(CRC32C.checksum(Data(repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum(Data(repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(Data(0..<32)) == 0x46dd_794e)
        #expect(CRC32C.checksum(Data("123456789".utf8)) == 0xe306_9283)
    }

    /// Walks the records as a reader does.
    private func records(_ data: Data) throws -> [Data] {
        var (records, rest) = ([Data](), data[...])
        while !rest.isEmpty {
            let header = Data(rest.prefix(8))
            let count = header.reversed().reduce(0) { $0 << 8 | Int($1) }
            try #require(rest.count >= count + 16)
            func stored(_ offset: Int) -> UInt32 {
                rest.dropFirst(offset).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
            }
            let body = Data(rest.dropFirst(12).prefix(count))
            #expect(stored(8) == CRC32C.masked(header) && stored(12 + count) == CRC32C.masked(body))
            records.append(body)
            rest = rest.dropFirst(count + 16)
        }
        return records
    }

    @Test("a file has its version and a record for each point and each end of an interval")
    func recordsAreWhole() throws {
        var events = TensorBoardEvents(time: 1)
        events.add(MeasuredCurve(name: "loss", steps: [1, 300], values: [3.25, 0.5]))
        events.add(
            MeasuredMetric(split: "evaluation", metric: "R", k: 1, value: 0.5, low: 0.25, high: nil, n: 10),
            step: 300)
        let records = try records(events.data)
        #expect(records.count == 5)
        #expect(records[0].range(of: Data("brain.Event:2".utf8)) != nil)
        #expect(records[3].range(of: Data("evaluation/R@1".utf8)) != nil)
        // Time 1, step 300 in two bytes, and a summary of one scalar: loss, 0.5.
        #expect(
            Array(records[2]) == [
                0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, 0xac, 0x02, 0x2a, 0x0d, 0x0a, 0x0b,
            ]
                + [0x0a, 0x04] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3f])
    }

    @Test("every finished run of a sweep gets a file, and equal runs equal bytes")
    func exports() throws {
        let results = try TemporaryResults()
        let folder = results.folder.root.appendingPathComponent("events")
        #expect(throws: ResultsError.self) {
            try results.database.exportEvents(sweep: "s", scale: "quick", to: folder)
        }
        for id in results.plan.runs { try results.finish(id) }
        #expect(try results.database.exportEvents(sweep: "s", scale: "quick", to: folder) == 2)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.count == 2)
        let files = try names.map {
            try Data(
                contentsOf: folder.appendingPathComponent("\($0)/events.out.tfevents.0.rankbridge"))
        }
        #expect(files[0] == files[1] && files[0].count > 100)
    }

    /// A Python that has TensorBoard, if there is one.
    private static let python = ProcessInfo.processInfo.environment["TENSORBOARD_PYTHON"]

    @Test("TensorBoard itself reads the same scalars", .enabled(if: python != nil))
    func theRealProgramReadsIt() throws {
        let results = try TemporaryResults()
        for id in results.plan.runs { try results.finish(id) }
        let folder = results.folder.root.appendingPathComponent("events")
        _ = try results.database.exportEvents(sweep: "s", scale: "quick", to: folder)
        let script = """
            import sys, glob
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            for run in sorted(glob.glob(sys.argv[1] + "/*")):
                events = EventAccumulator(run)
                events.Reload()
                for tag in sorted(events.Tags()["scalars"]):
                    print(tag, [(e.step, e.value) for e in events.Scalars(tag)])
            """
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = ["-c", script, folder.path]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let run = """
            evaluation/R@1 [(5, 0.5)]
            evaluation/R@1 high [(5, 0.6000000238418579)]
            evaluation/R@1 low [(5, 0.4000000059604645)]
            loss [(1, 3.25), (5, 1.0625)]

            """
        #expect(output == run + run)
    }
}
