import Foundation
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// Damaged models and tokenizers: a typed error or a model, never a crash, a hang or an allocation that the file does
/// not pay for; and a model that opens has no key and no tensor but the original's: a name that was damaged is refused, it does
/// not fall back on a default. Tests/Stress/fuzz-model-files makes thousands of versions under the address sanitizer.
@Suite("Hostile model files")
struct HostileModelFilesTests {
    private static let count = 300

    private func isExpected(_ error: any Error) -> Bool { error is ModelFileError || error is TokenizerError }

    /// Names by their bytes.
    private func names(_ names: some Sequence<String>) -> Set<[UInt8]> { Set(names.map { Array($0.utf8) }) }

    /// The names of an object's members and of their members; a vocabulary's tokens are no names, and what is null says
    /// nothing. Where a name stands says nothing either: `rope_theta` is a key of config.json itself under its old name.
    private func memberNames(_ json: JSONText) -> [String] {
        guard case .object(let members) = json else { return [] }
        return members.flatMap { key, value in
            value.isNull ? [] : [key] + (key == "vocab" ? [] : memberNames(value))
        }
    }

    /// Whether a key says something of the model.
    private func isTelling(_ key: String) -> Bool {
        key == "general.architecture"
            || !["general.", "split.", "quantize.", "tokenizer.chat_template"].contains { key.hasPrefix($0) }
    }

    /// Opens a model, reads its weights, computes with them, and writes a text with its tokenizer.
    private func use(_ path: String) throws {
        let model = try PretrainedModel(path)
        _ = try model.tokenizer.encode("even-toed_ungulate.n.01 <|im_end|> na\u{ef}ve 12")
        _ = model.tokenizer.decode([0, 5, 1_000_000, -1])
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 1))
        let batch = PackedBatch([PackedSequence(prompt: [0])])
        _ = decoder.logits(batch, rows: [0])
    }

    @Test func ggufFiles() throws {
        let original = try Data(
            contentsOf: URL(fileURLWithPath: PretrainedModelTests.path("tiny-llama.gguf")))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).gguf")
        defer { try? FileManager.default.removeItem(at: file) }
        let whole = try GGUFFile(MappedFile(original, path: "original"))
        let refused = try damage(original, Self.count, isExpected: isExpected) { data in
            try data.write(to: file)
            try use(file.path)
            let accepted = try GGUFFile(MappedFile(data, path: "accepted"))
            #expect(names(accepted.metadata.keys.filter(isTelling)) == names(whole.metadata.keys))
            #expect(names(accepted.tensors.keys) == names(whole.tensors.keys))
        }
        #expect(refused > Self.count / 3, "the damage was seen in \(refused) of \(Self.count)")
    }

    @Test func quantisedBlocks() throws {
        let original = try Data(contentsOf: URL(fileURLWithPath: PretrainedModelTests.path("blocks.gguf")))
        let refused = try damage(original, Self.count, isExpected: isExpected) { data in
            let file = try GGUFFile(MappedFile(data, path: "blocks"))
            for (name, tensor) in file.tensors where tensor.count < 100_000 {
                var values = [Float](repeating: 0, count: tensor.count)
                try values.withUnsafeMutableBufferPointer { target in
                    guard let base = target.baseAddress else { return }
                    try file.file.read(tensor, name, shape: tensor.shape, to: base)
                }
            }
        }
        #expect(refused > Self.count / 10, "the damage was seen in \(refused) of \(Self.count)")
    }

    @Test(arguments: [
        "config.json", "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors",
    ])
    func foldersOfSafetensors(damaged: String) throws {
        let source = URL(fileURLWithPath: PretrainedModelTests.path("tiny-mistral"))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.copyItem(at: source, to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let original = try Data(contentsOf: source.appendingPathComponent(damaged))
        let refused = try damage(original, Self.count, isExpected: isExpected) { data in
            try data.write(to: folder.appendingPathComponent(damaged))
            try use(folder.path)
            guard damaged.hasSuffix("r.json") || damaged == "config.json" else { return }
            let accepted = try data.withUnsafeBytes { try JSONText($0) }
            let whole = try original.withUnsafeBytes { try JSONText($0) }
            let added = names(memberNames(accepted)).subtracting(names(memberNames(whole)))
            #expect(added.isEmpty, "\(added.map { String(decoding: $0, as: UTF8.self) })")
        }
        #expect(refused > Self.count / 10, "the damage was seen in \(refused) of \(Self.count)")
    }

    /// Merging takes n log n steps: a word a hundred times as long takes nowhere near ten thousand times as long.
    @Test func longWordsTakeNoQuadraticTime() throws {
        let tokenizer = try BytePairTokenizer(
            tokenizerFile: PretrainedModelTests.path("tiny-mistral/tokenizer.json"))
        func seconds(_ length: Int) throws -> Double {
            let text = String(repeating: "hypernyms", count: length / 9)
            let start = Date()
            #expect(try tokenizer.encode(text).count > length / 30)
            return Date().timeIntervalSince(start)
        }
        _ = try seconds(1_000)
        let (short, long) = (try seconds(10_000), try seconds(1_000_000))
        #expect(long < 1_000 * max(short, 0.001), "\(short) s, then \(long) s")
    }
}
