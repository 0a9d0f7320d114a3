import Foundation
import Tensors
import Testing

@testable import LanguageModels

@Suite struct ModelFolderTests {
    private func temporaryFolder() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    }

    private func logits(_ model: PretrainedModel, _ ids: [Int32]) throws -> [Float] {
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 1))
        let batch = PackedBatch([PackedSequence(prompt: ids)])
        return decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
    }

    @Test(arguments: [("tiny-llama", "tiny-llama.gguf"), ("tiny-mistral", "tiny-mistral")])
    func aWrittenModelIsTheModel(golden: String, source: String) throws {
        let original = try PretrainedModel(PretrainedModelTests.path(source))
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try ModelFolder(
            decoder: Decoder(original.parameters(), workers: WorkerPool(threads: 1)),
            tokenizer: original.tokenizerFile()
        ).write(
            to: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
        let again = try PretrainedModel(folder.path)
        #expect(again.configuration == original.configuration)
        for fact in try PretrainedModelTests.golden(golden).texts {
            #expect(try again.tokenizer.encode(fact.text) == fact.ids, "'\(fact.text)'")
        }
        #expect(try logits(again, [5, 7, 9]) == logits(original, [5, 7, 9]))
    }

    /// As transformers' MistralConfig reads it: no window where it is null, 4,096 where nothing is said.
    @Test func aConfigurationsWindowMayBeNullOrLeftOut() throws {
        let text = try String(
            contentsOfFile: PretrainedModelTests.path("tiny-mistral") + "/config.json", encoding: .utf8)
        let file = temporaryFolder()
        defer { try? FileManager.default.removeItem(at: file) }
        for (line, window) in [
            ("\"sliding_window\": 5,", 5), ("\"sliding_window\": null,", nil), ("", 4096),
        ] as [(String, Int?)] {
            let own = text.replacing("\"sliding_window\": 5,", with: line)
            try Data(own.utf8).write(to: file)
            let read = try DecoderConfiguration(configFile: file.path)
            #expect(read.slidingWindow == window)
        }
    }

    @Test func aLearnedVocabularyIsATokenizerFile() throws {
        let names = [
            "deer.n.01", "even-toed_ungulate.n.01", "ungulate.n.02", "St._John's.n.01", "a.b_c.n.01",
            "x_.n.11", "_y.n.03",
            "two words here", " 3.5 x 2.1 shoe", " in the U.S.", "a.b c.d", "caf\u{e9}_noir.n.01",
        ]
        let vocabulary = BytePairVocabulary.learn(from: names + names, size: 90, specialTokens: 2)
        let folder = temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("tokenizer.json")
        try Data(vocabulary.tokenizerFile(specialNames: ["<documents>", "<answer>"]).utf8).write(to: file)
        let tokenizer = try BytePairTokenizer(tokenizerFile: file.path)
        #expect(tokenizer.count == vocabulary.count)
        for name in names {
            #expect(try tokenizer.encode(name) == vocabulary.encode(name), "'\(name)'")
            #expect(try tokenizer.decode(tokenizer.encode(name)) == name)
        }
        #expect(
            try tokenizer.encode("deer.n.01<documents>x_.n.11<answer>")
                == vocabulary.encode("deer.n.01") + [0] + vocabulary.encode("x_.n.11") + [1])
    }
}
