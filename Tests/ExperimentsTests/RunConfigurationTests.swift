import Foundation
import Testing

@testable import Experiments

@Suite("Run identity")
struct RunConfigurationTests {
    @Test("equal options give equal text, and come back from it", arguments: ModelKind.allCases)
    func canonicalTextRoundTrips(model: ModelKind) throws {
        let configuration = RunConfiguration(model: model, seed: 7)
        #expect(try RunConfiguration(canonicalJSON: configuration.canonicalJSON) == configuration)
        #expect(configuration.identity.count == 64)
        #expect(configuration.identity == RunConfiguration(model: model, seed: 7).identity)
    }

    @Test("every option is part of the identity", arguments: ModelKind.allCases)
    func everyOptionCounts(model: ModelKind) throws {
        let configuration = RunConfiguration(model: model)
        var identities: Set = [configuration.identity]
        let tree = try configuration.optionTree()
        let names = try configuration.options().map(\.name).filter { $0 != "model" && $0 != "seed" }
        for name in names {
            let changed = try tree.changing(name)
            guard let other = try? RunConfiguration(model: model, seed: 1, options: changed) else {
                // A word with few legal values: any other legal one must count.
                continue
            }
            #expect(identities.insert(other.identity).inserted, "\(name) does not change the identity")
        }
        #expect(identities.count > names.count / 2, "most options could be changed")
        #expect(identities.insert(RunConfiguration(model: model, seed: 2).identity).inserted)
        var fingerprinted = configuration
        fingerprinted.dataFingerprint = "other data"
        #expect(identities.insert(fingerprinted.identity).inserted)
    }

    @Test("options added since a run was published leave its identity alone")
    func publishedRunsKeepTheirIdentity() throws {
        let published = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
                "results/published")
        var runs = 0
        for file in try FileManager.default.contentsOfDirectory(
            at: published, includingPropertiesForKeys: nil)
        {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                guard let id = record?["id"] as? String, let text = record?["configuration"] as? String else {
                    continue
                }
                #expect(try RunConfiguration(canonicalJSON: text).identity == id, "\(file.lastPathComponent)")
                runs += 1
            }
        }
        #expect(runs > 30)
    }

    @Test("the command that repeats a run names what differs from the defaults, and repeats it")
    func theCommandRepeatsTheRun() throws {
        let text =
            "{name: s, model: autoregressive, settings: {steps: 9, loss: {targets: trie, beta: 2.5}}, seeds: [4]}"
        let point = try #require(try ExperimentSpec(text: text, file: "s").points(scale: "quick").first)
        let command = try point.configuration.command()
        #expect(
            command
                == "rankbridge train autoregressive --seed 4 --set loss.beta=2.5 --set loss.targets=trie --set steps=9"
        )
        let settings = command.split(separator: " ").filter { $0.contains("=") }.map(String.init)
        let again = try ExperimentSpec(text: "{name: t, model: autoregressive, seeds: [4]}", file: "t")
            .points(scale: "quick", overrides: settings)
        #expect(again.map(\.configuration) == [point.configuration])
    }

    @Test("rows of one sweep share their base, whatever their loss and seed")
    func rowsShareTheirBase() throws {
        let text =
            "{name: s, model: autoregressive, grid: {loss.alpha: [0, 2], loss.beta: [1, 3]}, seeds: [1, 2]}"
        let points = try ExperimentSpec(text: text, file: "s").points(scale: "quick")
        #expect(Set(points.map(\.configuration.identity)).count == 8)
        #expect(Set(points.map(\.configuration.baseRun?.identity)).count == 1)
        #expect(points[0].configuration.baseRun?.baseRun == nil)
    }
}

extension ConfigurationTree {
    /// This tree with one value changed to another of its kind.
    fileprivate func changing(_ path: String) throws -> ConfigurationTree {
        let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
        var tree = self
        let member = try #require(self[keys[0]])
        tree[keys[0]] =
            switch member {
            case .object: try member.changing(keys[1])
            case .number(let value): .number(value + 1)
            case .bool(let value): .bool(!value)
            case .string(let value): .string(value + "?")
            case .array(let values): .array(values + [.number(99)])
            case .null: .null
            }
        return tree
    }
}
