import Foundation
import Tensors
import Testing

@Suite struct VersionTests {
    @Test func namesTheLibraryOfProducts() throws {
        let output = try RankBridgeCommand.run(["version"])
        #expect(output.status == 0 && output.standardError.isEmpty)
        let lines = output.standardOutput.split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != " " } } == ["commit", "processor", "threads", "products"])
        #expect(lines.last?.hasSuffix(Products.description) == true, "\(output.standardOutput)")
    }

    /// A run must not record the commit of whatever folder it was started in.
    @Test func namesItsOwnCommitFromAnyFolder() throws {
        let here = try RankBridgeCommand.run(["version"])
        let elsewhere = try RankBridgeCommand.run(["version"], in: FileManager.default.temporaryDirectory)
        #expect(here.status == 0 && elsewhere.standardOutput == here.standardOutput)
    }
}
