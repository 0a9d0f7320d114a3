import Foundation
import Testing

@Suite("rankbridge capacity")
struct CapacityCommandTests {
    @Test("a killed lab goes on, and gives the files that one which ran through gives")
    func survivesKills() throws {
        let folders = try (0..<2).map { _ in try temporaryFolder() }
        let arguments = folders.map {
            ["capacity", "--documents", "2", "--seeds", "1", "--results", $0.path]
        }
        let through = try RankBridgeCommand.run(arguments[0] + ["--threads", "2"])
        #expect(through.status == 0, "\(through.standardError)")

        let killed = try RankBridgeCommand.start(arguments[1] + ["--threads", "1"])
        Thread.sleep(forTimeInterval: 3)
        killed.send(SIGKILL)
        _ = try killed.wait()
        let rest = try RankBridgeCommand.run(arguments[1] + ["--threads", "1", "--publish"])
        #expect(rest.status == 0, "\(rest.standardError)")
        for name in ["figures/capacity.csv", "figures/capacity.md", "figures/capacity.svg"] {
            let files = try folders.map { try Data(contentsOf: $0.appendingPathComponent(name)) }
            #expect(files[0] == files[1] && !files[0].isEmpty, "\(name)")
        }

        let third = try temporaryFolder()
        let published = folders[1].appendingPathComponent("published/capacity.jsonl").path
        let imported = try RankBridgeCommand.run(["runs", "import", published, "--results", third.path])
        #expect(imported.status == 0, "\(imported.standardError)")
        let report = try RankBridgeCommand.run(["report", "claims", "--results", third.path])
        #expect(report.status == 0, "\(report.standardError)")
        let claims = try String(
            contentsOf: third.appendingPathComponent("tables/claims.md"), encoding: .utf8)
        #expect(claims.contains("propositions 3.1 and 3.2. Here: **holds**"))
    }

    @Test("options outside their range are wrong usage")
    func refusesOptions() throws {
        for bad in [["--documents", "8"], ["--seeds", "0"], ["--threads", "0"]] {
            #expect(try RankBridgeCommand.run(["capacity"] + bad).status == 64)
        }
    }
}
