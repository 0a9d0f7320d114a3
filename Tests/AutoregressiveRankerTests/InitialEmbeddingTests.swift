import LanguageModels
import Options
import Rankers
import RankingData
import Tensors
import TestSupport
import Testing

@testable import AutoregressiveRanker

/// Decoders whose token embeddings start from a text encoder.
@Suite struct InitialEmbeddingTests {
    /// A text's vector is as its first two characters are: 96 numbers, of length 1.
    private struct FirstCharacters: TextEmbedder {
        let width = 96

        func embed(_ texts: [String]) -> FloatBuffer {
            let vectors = FloatBuffer(count: texts.count * width)
            for (place, text) in texts.enumerated() {
                let first = text.utf8.prefix(2)
                for (index, byte) in first.enumerated() {
                    vectors[place * width + Int(byte) % 48 + 48 * index] = 1 / Float(first.count).squareRoot()
                }
            }
            return vectors
        }
    }

    private func configuration() -> AutoregressiveConfiguration {
        var configuration = ToyTask.configuration(steps: 1)
        configuration.initialEmbeddings = "first characters"
        return configuration
    }

    private func rows(
        _ configuration: AutoregressiveConfiguration, _ embedder: (any TextEmbedder)?,
        base: TensorArchive? = nil
    ) throws -> (rows: [[Float]], vocabulary: BytePairVocabulary, model: TensorArchive) {
        let task = ToyTask.make()
        let trainer = try AutoregressiveTrainer(
            configuration: configuration, task: task, seed: 1, workers: WorkerPool(threads: 1), base: base,
            textEmbedder: embedder)
        let model = trainer.model()
        let table = try #require(model.tensors["model.embed_tokens.weight"])
        let width = configuration.decoder.width
        return (
            (0..<table.shape[0]).map { Array(table.values[$0 * width..<($0 + 1) * width]) },
            try RankingPrompt.learnVocabulary(of: task, size: configuration.decoder.vocabulary), model
        )
    }

    /// Tokens whose texts the encoder finds alike start alike. Marks keep the rows that they have without an encoder.
    @Test func rowsAreAsTheEncoderFindsTheirTexts() throws {
        var random = configuration()
        random.initialEmbeddings = nil
        let (plain, _, _) = try rows(random, nil)
        let (rows, vocabulary, _) = try rows(configuration(), FirstCharacters())
        var alike: [[UInt8]: [Float]] = [:]
        var (compared, changed) = (0, 0)
        for (token, piece) in vocabulary.pieces.enumerated() {
            let text = piece.drop { $0 == UInt8(ascii: " ") }
            guard !text.isEmpty, text.allSatisfy({ $0 < 128 }) else {
                #expect(rows[token] == plain[token])
                continue
            }
            let length = rows[token].reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(length - 1) < 1e-4)
            changed += rows[token] == plain[token] ? 0 : 1
            let first = Array(text.prefix(2))
            guard let other = alike[first] else {
                alike[first] = rows[token]
                continue
            }
            #expect(zip(rows[token], other).allSatisfy { abs($0 - $1) < 1e-4 })
            compared += 1
        }
        #expect(compared > 5 && changed > 20)
    }

    /// What a base has learned is not thrown away.
    @Test func aBaseKeepsItsEmbeddings() throws {
        let (_, _, base) = try rows(configuration(), FirstCharacters())
        var changed = base
        changed.tensors["model.embed_tokens.weight"]?.values[0] = 7
        var row = configuration()
        row.base.steps = 1
        #expect(row.baseRanker?.initialEmbeddings == "first characters")
        #expect(row.textEncoder == "first characters" && row.baseRanker?.textEncoder == "first characters")
        #expect(try rows(row, nil, base: changed).rows[0][0] == 7)
    }

    @Test func whatCannotBeIsRefused() throws {
        #expect(throws: ConfigurationError.missingInput("the text encoder first characters")) {
            try rows(configuration(), nil)
        }
        var wide = configuration()
        wide.decoder.width = 128
        let error = #expect(throws: ConfigurationError.self) { try rows(wide, FirstCharacters()) }
        guard case .outOfRange("decoder.width", "128", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let damaged = #expect(throws: ConfigurationError.self) {
            try rows(configuration(), DamagedTextEmbedder(width: 96, damage: .nan))
        }
        guard case .outOfRange("initialEmbeddings", _, _)? = damaged else {
            Issue.record("\(String(describing: damaged))")
            return
        }
        var pretrained = configuration()
        pretrained.pretrained = "smollm2"
        #expect(pretrained.textEncoder == nil)
        #expect(!AutoregressiveConfiguration().identifyingValues.contains { $0.key == "initialEmbeddings" })
        #expect(configuration().identifyingValues.contains { $0.key == "initialEmbeddings" })
    }
}
