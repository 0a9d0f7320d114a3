import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// Edited copies of the fixtures against the tokenizers library and transformers: Fixtures/make_variant_fixtures.py.
@Suite struct VariantTests {
    struct Facts: Decodable {
        struct Variant: Decodable, CustomTestStringConvertible {
            let name: String
            let file: String?
            let replacements: [[String]]
            let ids: [[Int32]]?
            let says: String?
            let logits: [Float]?
            var testDescription: String { name }
        }
        struct Models: Decodable {
            let ids: [Int32]
            let variants: [Variant]
        }
        let texts: [String]
        let tokenizers: [Variant]
        let refused: [Variant]
        let models: Models
    }

    /// The fixtures hold the first of the logits alone.
    static let keptLogits = 24

    static let facts: Facts = {
        let file = PretrainedModelTests.folder.appendingPathComponent("variants.json")
        return try! JSONDecoder().decode(Facts.self, from: Data(contentsOf: file))
    }()

    private func tokenizer(_ variant: Facts.Variant) throws -> BytePairTokenizer {
        let folder = try TemporaryFolder()
        let base = try JSONText.reading(PretrainedModelTests.path(try #require(variant.file))).line
        return try BytePairTokenizer(
            tokenizerFile: folder.write("tokenizer.json", base.editing(variant.replacements)))
    }

    @Test(arguments: facts.tokenizers)
    func honoured(variant: Facts.Variant) throws {
        let tokenizer = try tokenizer(variant)
        let ids = try #require(variant.ids)
        try #require(ids.count == Self.facts.texts.count)
        for (text, expected) in zip(Self.facts.texts, ids) {
            // Where the library has no token for a part of a text it leaves the part out; that is an error here.
            do {
                #expect(try tokenizer.encode(text) == expected, "'\(text)'")
            } catch TokenizerError.unknownByte {
                #expect(tokenizer.unknownToken == nil, "'\(text)'")
            }
        }
    }

    @Test(arguments: facts.refused)
    func refused(variant: Facts.Variant) throws {
        let error = #expect(throws: ModelFileError.self) { try tokenizer(variant) }
        let said = "\(try #require(error))"
        #expect(said.contains(try #require(variant.says)), "\(said)")
    }

    @Test(arguments: facts.models.variants)
    func logitsMatch(variant: Facts.Variant) throws {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        try folder.write("config.json", folder.text("config.json").editing(variant.replacements))
        let decoder = Decoder(
            try PretrainedModel(folder.url.path).parameters(), workers: WorkerPool(threads: 1))
        let ids = Self.facts.models.ids
        let batch = PackedBatch([PackedSequence(prompt: ids)])
        let own = decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
        let expected = try #require(variant.logits)
        try #require(expected.count == Self.keptLogits && own.count >= expected.count)
        for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-4 * max(1, abs(b))) }
    }
}
