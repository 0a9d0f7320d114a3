import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// Where the mutants are, if there are any.
private let mutantsFile = ProcessInfo.processInfo.environment["RANKBRIDGE_MUTANTS"]

/// Thousands of mutants of the fixtures against the tokenizers library and transformers: what is accepted here has to give
/// the ids or logits of the libraries. Fixtures/make_mutants.py makes the file that `RANKBRIDGE_MUTANTS` names.
@Suite(.enabled(if: mutantsFile != nil, "needs RANKBRIDGE_MUTANTS, a file of Fixtures/make_mutants.py"))
struct MutantTests {
    struct Mutant: Decodable {
        let tokenizer: String?
        let ids: [[Int32]]?
        let config: String?
        let logits: [Float]?
    }

    private func mutants() throws -> [Mutant] {
        try String(contentsOfFile: try #require(mutantsFile), encoding: .utf8).utf8.split(separator: 0x0A)
            .map { try JSONDecoder().decode(Mutant.self, from: Data($0)) }
    }

    /// What became of mutants, by what the library did with them.
    private struct Counts {
        var accepted = 0
        var acceptedAlone: [String] = []
        var refused = 0
        var refusedAlone: [String] = []

        mutating func add(_ error: (any Error)?, isReadByLibrary: Bool, _ text: String) {
            switch (error, isReadByLibrary) {
            case (nil, true): accepted += 1
            case (nil, false): acceptedAlone.append(text)
            case (_?, false): refused += 1
            case (let error?, true):
                let said = "\(error)"
                refusedAlone.append(
                    String(said[(said.firstRange(of: ".json")?.upperBound ?? said.startIndex)...]))
            }
        }

        func report(_ kind: String) {
            print(
                "mutants: \(kind): \(accepted) read by both and equal, \(refused) refused by both, "
                    + "\(refusedAlone.count) refused here alone, \(acceptedAlone.count) read here alone")
            let reasons = Dictionary(grouping: refusedAlone) { $0.prefix(60) }.mapValues(\.count)
            for (reason, count) in reasons.sorted(by: { $0.value > $1.value }).prefix(40) {
                print("mutants:   \(count) \(reason)")
            }
            print("mutants:   read here alone: \(acceptedAlone.prefix(100))")
        }
    }

    /// The token ids; nil where the vocabulary has none for a part of the text, which the library leaves out.
    private func ids(_ tokenizer: BytePairTokenizer, _ text: String) throws -> [Int32]? {
        do {
            return try tokenizer.encode(text)
        } catch {
            guard case .unknownByte = error, tokenizer.unknownToken == nil else { throw error }
            return nil
        }
    }

    private func open(_ path: String) -> Result<BytePairTokenizer, ModelFileError> {
        Result { () throws(ModelFileError) in try BytePairTokenizer(tokenizerFile: path) }
    }

    @Test func acceptedTokenizersAgree() throws {
        let folder = try TemporaryFolder()
        var counts = Counts()
        for (number, mutant) in try mutants().enumerated() {
            guard let text = mutant.tokenizer else { continue }
            let path = try folder.write("tokenizer.json", text)
            switch open(path) {
            case .failure(let error):
                counts.add(error, isReadByLibrary: mutant.ids != nil, text)
            case .success(let tokenizer):
                let samples = mutant.ids == nil ? [] : VariantTests.facts.texts
                try #require(samples.count == mutant.ids?.count ?? 0)
                for (sample, expected) in zip(samples, mutant.ids ?? []) {
                    let own = try ids(tokenizer, sample)
                    #expect(own == nil || own == expected, "mutant \(number), '\(sample)'")
                }
                counts.add(nil, isReadByLibrary: mutant.ids != nil, "\(number)")
            }
        }
        counts.report("tokenizer.json")
        #expect(counts.accepted > 100)
    }

    private func logits(_ folder: String, _ ids: [Int32]) throws -> [Float] {
        let decoder = Decoder(try PretrainedModel(folder).parameters(), workers: WorkerPool(threads: 1))
        let batch = PackedBatch([PackedSequence(prompt: ids)])
        return decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
    }

    @Test func acceptedConfigurationsAgree() throws {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        var counts = Counts()
        let ids = VariantTests.facts.models.ids
        for (number, mutant) in try mutants().enumerated() {
            guard let text = mutant.config else { continue }
            try folder.write("config.json", text)
            do {
                let own = try logits(folder.url.path, ids)
                let expected = mutant.logits ?? Array(own.prefix(VariantTests.keptLogits))
                try #require(expected.count == VariantTests.keptLogits && own.count >= expected.count)
                let isEqual = zip(own, expected).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($1)) }
                #expect(isEqual, "mutant \(number): \(text)")
                counts.add(nil, isReadByLibrary: mutant.logits != nil, text)
            } catch let error as ModelFileError {
                counts.add(error, isReadByLibrary: mutant.logits != nil, text)
            }
        }
        counts.report("config.json")
        #expect(counts.accepted > 50)
    }
}
