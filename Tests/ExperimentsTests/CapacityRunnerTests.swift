import Capacity
import Foundation
import Testing

@testable import Experiments

/// The capacity lab's measurements in results.db.
@Suite("Capacity runner")
struct CapacityRunnerTests {
    /// Cells that take no time.
    private static let cells = CapacityLab(seeds: [1, 2], mostDocuments: 4).cells.filter {
        [.dualEncoder, .permutations, .table].contains($0.experiment) && $0.documents <= 4
    }

    private func database() throws -> ResultsDatabase {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "rankbridge-\(UUID().uuidString)")
        return try ResultsDatabase(results: root)
    }

    @Test("any number of threads gives the same measurements")
    func threadsChangeNothing() throws {
        let measured = try [1, 3].map { threads in
            let database = try database()
            let left = try CapacityRunner(database: database, threads: threads).run(Self.cells) { _ in }
            #expect(left == 0)
            return try database.snapshot { try $0.capacity() }
        }
        #expect(measured[0] == measured[1] && measured[0].count == Self.cells.count)
        #expect(Set(measured[0].map(\.cell)) == Set(Self.cells))
    }

    @Test("a stopped lab goes on where it was, and measures nothing twice")
    func resumes() throws {
        let database = try database()
        let seen = Seen()
        let first = CapacityRunner(database: database, threads: 1, shouldStop: { seen.count >= 5 })
        #expect(try first.run(Self.cells) { seen.add($0) } == Self.cells.count - 5)
        #expect(try database.snapshot { try $0.capacity() }.count == 5)
        let second = CapacityRunner(database: database, threads: 1)
        #expect(try second.run(Self.cells) { seen.add($0) } == 0)
        #expect(seen.count == Self.cells.count && seen.done == Array(1...Self.cells.count))
    }

    @Test("of two at once the second waits, and finds all measured")
    func twoAtOnce() async throws {
        let database = try database()
        let seen = Seen()
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                let other = try ResultsDatabase(
                    results: URL(fileURLWithPath: database.path).deletingLastPathComponent())
                group.addTask {
                    try CapacityRunner(database: other, threads: 1).run(Self.cells) { seen.add($0) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == [0, 0])
        #expect(seen.count == Self.cells.count, "each cell once")
        let turn = FileTurn(beside: database.path)
        #expect(turn.wait(until: { false }))
        let waiting = CapacityRunner(database: database, threads: 1, shouldStop: { true })
        #expect(try waiting.run(Self.cells) { _ in } == Self.cells.count, "it can be stopped while it waits")
        turn.end()
        #expect(try CapacityRunner(database: database, threads: 1).run(Self.cells) { _ in } == 0)
    }

    @Test("published measurements come back, and what is there stays as it is")
    func publishes() throws {
        let (first, second) = (try database(), try database())
        _ = try CapacityRunner(database: first, threads: 1).run(Self.cells) { _ in }
        let file = URL(fileURLWithPath: first.path).deletingLastPathComponent()
            .appendingPathComponent("published/capacity.jsonl")
        #expect(try first.exportCapacity(to: file) == Self.cells.count)
        #expect(try second.importCapacity(from: file) == Self.cells.count)
        #expect(try second.snapshot { try $0.capacity() } == first.snapshot { try $0.capacity() })
        #expect(try second.importCapacity(from: file) == 0)
        // A link stays one, and what it points to is written.
        let link = file.deletingLastPathComponent().appendingPathComponent("link.jsonl")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        #expect(try first.exportCapacity(to: link) == Self.cells.count)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
    }

    @Test("a damaged line of a published file is named, and nothing is taken in")
    func damagedFile() throws {
        let database = try database()
        _ = try CapacityRunner(database: database, threads: 1).run(Array(Self.cells.prefix(2))) { _ in }
        let folder = URL(fileURLWithPath: database.path).deletingLastPathComponent()
        let file = folder.appendingPathComponent("capacity.jsonl")
        _ = try database.exportCapacity(to: file)
        try Data(try Data(contentsOf: file).dropLast(9)).write(to: file)
        let other = try self.database()
        let error = #expect(throws: ResultsError.self) { try other.importCapacity(from: file) }
        #expect("\(try #require(error))".contains("capacity.jsonl:2:"))
        #expect(try other.snapshot { try $0.capacity() }.isEmpty)
    }

    @Test("numbers that no measurement has are refused with their line, and nothing is taken in")
    func hostileFile() throws {
        let database = try database()
        let file = URL(fileURLWithPath: database.path).deletingLastPathComponent()
            .appendingPathComponent("capacity.jsonl")
        func line(documents: String = "3", dimension: String = "2", orders: String = "6", right: String = "6")
            -> String
        {
            """
            {"cell": {"budget": "all permutations", "dimension": \(dimension), "documents": \(documents), \
            "experiment": "permutations", "seed": 1, "variant": "ones in the span"}, "orders": \(orders), "right": \(right)}

            """
        }
        let huge = "9223372036854775807"
        for (bad, words) in [
            (line(documents: "0"), "documents is 0"), (line(documents: huge), "documents is \(huge)"),
            (line(dimension: "-1"), "dimension is -1"), (line(orders: "0", right: "0"), "orders is 0"),
            (line(orders: huge), "orders is \(huge)"), (line(right: "7"), "right is 7"),
            (line(right: "1e300"), ""), (line(orders: "1" + huge), ""),
        ] {
            try Data((line() + "\n" + bad).utf8).write(to: file)
            let error = #expect(throws: ResultsError.self, "\(bad)") {
                try database.importCapacity(from: file)
            }
            let text = "\(try #require(error))"
            #expect(text.contains("capacity.jsonl:3: ") && (words.isEmpty || text.contains(words)), "\(text)")
        }
        #expect(try database.snapshot { try $0.capacity() }.isEmpty)
        try Data(line().utf8).write(to: file)
        #expect(try database.importCapacity(from: file) == 1)
    }

    private final class Seen: @unchecked Sendable {
        private let lock = NSLock()
        private var all: [CapacityRunner.Progress] = []

        var count: Int { lock.withLock { all.count } }
        var done: [Int] { lock.withLock { all.map(\.done) } }

        func add(_ progress: CapacityRunner.Progress) { lock.withLock { all.append(progress) } }
    }
}
