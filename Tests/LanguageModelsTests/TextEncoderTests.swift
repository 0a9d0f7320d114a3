import Foundation
import RankingData
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// Against transformers and tokenizers: Fixtures/make_encoder_fixtures.py made the files.
@Suite struct TextEncoderTests {
    struct Golden: Decodable {
        let text: String
        let ids: [Int32]
        let vector: [Float]
    }

    static let folder = PretrainedModelTests.path("tiny-bert")

    static func golden() throws -> [Golden] {
        try JSONDecoder().decode(
            [Golden].self,
            from: Data(contentsOf: URL(fileURLWithPath: PretrainedModelTests.path("tiny-bert.json"))))
    }

    static func cosine(_ own: UnsafePointer<Float>, _ expected: [Float]) -> Double {
        var (product, a, b) = (0.0, 0.0, 0.0)
        for (index, value) in expected.enumerated() {
            product += Double(own[index]) * Double(value)
            a += Double(own[index]) * Double(own[index])
            b += Double(value) * Double(value)
        }
        return product / (a * b).squareRoot()
    }

    @Test func tokensAndVectorsMatchTransformers() throws {
        let encoder = try TextEncoder(folder: Self.folder, workers: WorkerPool(threads: 2))
        let golden = try Self.golden()
        for fact in golden { #expect(encoder.tokenizer.encode(fact.text) == fact.ids, "'\(fact.text)'") }
        let own = encoder.embed(golden.map(\.text))
        for (place, fact) in golden.enumerated() {
            for (column, expected) in fact.vector.enumerated() {
                #expect(abs(own[place * 32 + column] - expected) < 1e-5, "'\(fact.text)', number \(column)")
            }
        }
    }

    /// Batches are cut by tokens alone, and so the number of threads changes no bit.
    @Test func sameBitsForAnyNumberOfThreads() throws {
        let texts = (0..<200).map { number in
            String(repeating: "rain \(number) boots, ", count: 1 + number % 7)
        }
        let one = try TextEncoder(folder: Self.folder, workers: WorkerPool(threads: 1)).embed(texts)
        let two = try TextEncoder(folder: Self.folder, workers: WorkerPool(threads: 2)).embed(texts)
        #expect(one.array == two.array)
        for row in 0..<texts.count {
            let length = (0..<32).reduce(Float(0)) { $0 + one[row * 32 + $1] * one[row * 32 + $1] }
            #expect(abs(length - 1) < 1e-5)
        }
    }

    @Test func batchesHoldEveryTextOnceAndFewTokens() {
        let lengths = (0..<300).map { 2 + ($0 * 37) % 255 }
        let batches = TextEncoder.batches(of: lengths)
        #expect(batches.joined().sorted() == Array(0..<300))
        for batch in batches {
            #expect(batch.count == 1 || batch.reduce(0) { $0 + lengths[$1] } <= 512)
        }
        #expect(TextEncoder.batches(of: []).isEmpty)
    }

    @Test func longTextsAreCut() throws {
        let encoder = try TextEncoder(folder: Self.folder, workers: WorkerPool(threads: 1))
        let ids = encoder.tokenizer.encode(String(repeating: "rain ", count: 500))
        #expect(ids.count == encoder.configuration.positions)
        let ends = encoder.tokenizer.encode("")
        #expect([ids.first, ids.last] == [ends.first, ends.last])
        #expect(encoder.embed([]).count == 0)
    }

    /// Settings of sentence-transformers beside the weights, with which vectors would be another model's.
    @Test func otherSettingsAreRefused() throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.copyItem(at: URL(fileURLWithPath: Self.folder), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        func isTaken(_ name: String, _ text: String) throws -> Bool {
            let file = copy.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            do throws(ModelFileError) {
                _ = try TextEncoder(folder: copy.path, workers: WorkerPool(threads: 1))
            } catch {
                #expect("\(error)".contains(name), "\(error)")
                return false
            }
            return true
        }
        let (tokenizer, pooling) = ("tokenizer_config.json", "1_Pooling/config.json")
        #expect(try isTaken(tokenizer, #"{"do_lower_case": true, "strip_accents": null}"#))
        #expect(try !isTaken(tokenizer, #"{"do_lower_case": false}"#))
        #expect(try !isTaken(tokenizer, #"{"tokenize_chinese_chars": false}"#))
        #expect(
            try isTaken(
                pooling,
                #"{"word_embedding_dimension": 32, "pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}"#
            ))
        #expect(
            try !isTaken(pooling, #"{"pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true}"#))
        #expect(
            try !isTaken(pooling, #"{"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true}"#))
        for mode in [#""mean""#, #"["mean"]"#] {
            #expect(try isTaken(pooling, "{\"embedding_dimension\": 32, \"pooling_mode\": \(mode)}"))
        }
        for mode in [#""cls""#, #"["mean", "max"]"#, "[]", "1"] {
            #expect(try !isTaken(pooling, "{\"embedding_dimension\": 32, \"pooling_mode\": \(mode)}"))
        }
        #expect(try !isTaken("2_Dense/config.json", "{}"))
        #expect(try !isTaken("sentence_bert_config.json", #"{"max_seq_length": 1}"#))
        let length = copy.appendingPathComponent("sentence_bert_config.json")
        try Data(#"{"max_seq_length": 7, "do_lower_case": false}"#.utf8).write(to: length)
        let encoder = try TextEncoder(folder: copy.path, workers: WorkerPool(threads: 1))
        #expect(encoder.tokenizer.encode(String(repeating: "rain ", count: 30)).count == 7)
        // Kept embeddings of another length are another model's.
        #expect(
            try PretrainedModel.files(copy.path).map(\.lastPathComponent).contains(length.lastPathComponent))
        // Later versions leave the length to the tokenizer.
        try Data(#"{"transformer_task": "feature-extraction"}"#.utf8).write(to: length)
        let settings = copy.appendingPathComponent(tokenizer)
        for (said, tokens) in [
            ("9", 9), ("1e30", encoder.configuration.positions), ("null", encoder.configuration.positions),
        ] {
            try Data("{\"model_max_length\": \(said)}".utf8).write(to: settings)
            let encoder = try TextEncoder(folder: copy.path, workers: WorkerPool(threads: 1))
            #expect(
                encoder.tokenizer.encode(String(repeating: "rain ", count: 600)).count == tokens, "\(said)")
        }
        #expect(try PretrainedModel.files(copy.path).map(\.lastPathComponent).contains(tokenizer))
        #expect(try !isTaken(tokenizer, #"{"model_max_length": 1}"#))
    }

    @Test func hostileFoldersAreRefused() throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.copyItem(at: URL(fileURLWithPath: Self.folder), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        func refused(_ file: String, _ text: Data) throws {
            let url = copy.appendingPathComponent(file)
            let whole = try Data(contentsOf: url)
            try text.write(to: url)
            #expect(throws: ModelFileError.self, "\(file)") {
                try TextEncoder(folder: copy.path, workers: WorkerPool(threads: 1))
            }
            try whole.write(to: url)
        }
        let configuration = try String(
            contentsOf: copy.appendingPathComponent("config.json"), encoding: .utf8)
        try refused("config.json", Data(configuration.replacing("\"gelu\"", with: "\"relu\"").utf8))
        try refused("config.json", Data(configuration.replacing("\"bert\"", with: "\"roberta\"").utf8))
        try refused("config.json", Data(configuration.replacing(": 32", with: ": 40").utf8))
        try refused("config.json", Data(configuration.replacing(": 32", with: ": -32").utf8))
        // One token is not enough for the two that stand around a text.
        try refused("config.json", Data(configuration.replacing(": 40", with: ": 1").utf8))
        try refused("config.json", Data(configuration.replacing(": 64", with: ": 60").utf8))
        // A table of 262 GB, which nobody may try to have.
        let vast = configuration.replacing(": 32", with: ": 65536").replacing(": 77", with: ": 1000000")
        try refused("config.json", Data(vast.utf8))
        try refused("vocab.txt", Data("rain\nboots\n".utf8))
        let weights = try Data(contentsOf: copy.appendingPathComponent("model.safetensors"))
        try refused("model.safetensors", weights.prefix(weights.count / 2))
        try refused("model.safetensors", Data())
        let shape = try #require(weights.range(of: Data("[64,32]".utf8)))
        var other = weights
        other.replaceSubrange(shape, with: Data("[32,64]".utf8))
        try refused("model.safetensors", other)
        // The header's length stands in eight bytes before it. All bits set are no number.
        let header = weights.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        try refused(
            "model.safetensors",
            weights.prefix(8 + header) + Data(repeating: 0xFF, count: weights.count - 8 - header))
    }
}

/// Where `rankbridge model fetch minilm` puts the encoder; nil where it has not been fetched.
let fetchedMiniLM: String? = {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = repository.appendingPathComponent("models/minilm").path
    return FileManager.default.fileExists(atPath: path + "/model.safetensors") ? path : nil
}()

/// all-MiniLM-L6-v2 itself, where it has been fetched.
@Suite(.enabled(if: fetchedMiniLM != nil, "needs `rankbridge model fetch minilm`"))
struct MiniLMTests {
    struct Golden: Decodable {
        let texts: [String]
        let vectors: Data
        let ids: String
        let scalars: String
    }

    static func golden() throws -> Golden {
        try JSONDecoder().decode(
            Golden.self,
            from: Data(contentsOf: URL(fileURLWithPath: PretrainedModelTests.path("minilm.json"))))
    }

    @Test func vectorsMatchTransformers() throws {
        let golden = try Self.golden()
        let encoder = try TextEncoder(folder: try #require(fetchedMiniLM), workers: WorkerPool(threads: 2))
        let own = encoder.embed(golden.texts)
        #expect(golden.texts.count == 200)
        #expect(golden.vectors.count == 200 * 384 * 2)
        let expected = golden.vectors.withUnsafeBytes { bytes in
            (0..<(200 * 384)).map {
                Float(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)))
            }
        }
        var least = 1.0
        for row in 0..<200 {
            let cosine = TextEncoderTests.cosine(
                own.base + row * 384, Array(expected[(row * 384)..<((row + 1) * 384)]))
            least = min(least, cosine)
        }
        #expect(least > 0.99999)
    }

    /// The fixture script's generator and texts.
    private struct Generator {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private static func randomTexts(_ count: Int) -> [String] {
        var generator = Generator(state: 15)
        let ranges = [
            0x20..<0x7F, 0x20..<0x7F, 0xA0..<0x250, 0x300..<0x370, 0x370..<0x600, 0x2000..<0x2100,
            0x3000..<0x3100, 0x4E00..<0x9FFF, 0xAC00..<0xD7A4, 0x1F300..<0x1F700, 0x1..<0xD800,
        ]
        return (0..<count).map { _ in
            let pool = (0..<3).map { _ in ranges[generator.below(ranges.count)] }
            var text = String.UnicodeScalarView()
            for _ in 0..<(1 + generator.below(60)) {
                let range = pool[generator.below(3)]
                text.append(Unicode.Scalar(UInt32(range.lowerBound + generator.below(range.count)))!)
            }
            return String(text)
        }
    }

    private static func glosses(_ count: Int) throws -> [String] {
        let file = URL(fileURLWithPath: Taxonomy.wordNetFolder + "/data.noun")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
            !$0.hasPrefix("  ")
        }
        return lines.prefix(count).map { line in
            let parts = line.split(separator: " | ", maxSplits: 1)
            let fields = parts[0].split(separator: " ")
            let lemmas = (0..<(Int(fields[3], radix: 16) ?? 0)).map {
                fields[4 + 2 * $0].replacing("_", with: " ")
            }
            return lemmas.joined(separator: ", ") + ": "
                + parts[1].trimmingCharacters(in: .whitespaces)
        }
    }

    @Test func idsOfTenThousandTextsMatchTokenizers() throws {
        let tokenizer = try WordPieceTokenizer(vocabularyFile: try #require(fetchedMiniLM) + "/vocab.txt")
        let texts = try Self.randomTexts(6000) + Self.glosses(4000)
        #expect(TokenHashTests.fnv1a(texts.map(tokenizer.encode)) == (try Self.golden().ids))
    }

    @Test func everyScalarIsClassedAsTokenizersDoes() throws {
        let tokenizer = try WordPieceTokenizer(vocabularyFile: try #require(fetchedMiniLM) + "/vocab.txt")
        let scalars = (UInt32(0)..<0x110000).lazy.compactMap(Unicode.Scalar.init)
        let ids = scalars.map { tokenizer.encode("a\(Character($0))b") }
        #expect(TokenHashTests.fnv1a(Array(ids)) == (try Self.golden().scalars))
    }
}
