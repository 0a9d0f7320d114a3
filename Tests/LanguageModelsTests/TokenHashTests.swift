import Foundation
import RankingData
import Testing

@testable import LanguageModels

/// Token ids of all of WordNet's noun synsets and of 1,000 prompts, against the tokenizers library, by hash.
@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: Taxonomy.wordNetFolder + "/data.noun"),
        "needs wordnet-base"))
struct TokenHashTests {
    private struct Hashes: Decodable {
        let names: String
        let prompts: String
    }

    private static let instruction = """
        You are a helpful assistant that can answer questions about WordNet. You are given a noun synset from WordNet and \
        a set of hypernyms for that synset. The hypernyms are separated by the delimiter '||'. Your task is to output the \
        most specific hypernym for the synset out of the given set of hypernyms.
        """

    private static func prompt(_ names: [String], _ number: Int) -> String {
        let first = 82 * number
        let list = names[(first + 1)..<(first + 2 + number % 15)].joined(separator: " || ")
        return "\(instruction)\n\nSynset: \(names[first])\n\nHypernyms: \(list)\n\nMost specific hypernym:"
    }

    /// 64-bit FNV-1a over each list's length and its ids, as 32-bit little-endian words.
    static func fnv1a(_ lists: [[Int32]]) -> String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for ids in lists {
            for word in [Int32(ids.count)] + ids {
                withUnsafeBytes(of: word.littleEndian) { bytes in
                    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
                }
            }
        }
        return String(format: "%016lx", value)
    }

    private func check(_ label: String, _ tokenizer: BytePairTokenizer) throws {
        let file = PretrainedModelTests.folder.appendingPathComponent("token-hashes.json")
        let all = try JSONDecoder().decode([String: Hashes].self, from: Data(contentsOf: file))
        let expected = try #require(all[label])
        let names = try Taxonomy(wordNet: Taxonomy.wordNetFolder).names
        #expect(try Self.fnv1a(names.map { try tokenizer.encode(" " + $0) }) == expected.names)
        #expect(
            try Self.fnv1a((0..<1000).map { try tokenizer.encode(Self.prompt(names, $0)) })
                == expected.prompts)
    }

    @Test(arguments: [
        ("tiny-mistral", "tiny-mistral/tokenizer.json"), ("tiny-llama", "tiny-llama-tokenizer.json"),
    ])
    func smallTokenizers(label: String, file: String) throws {
        try check(label, BytePairTokenizer(tokenizerFile: PretrainedModelTests.path(file)))
    }

    @Test(.enabled(if: fetchedSmolLM2 != nil, "needs `rankbridge model fetch smollm2`"))
    func smolLM2() throws { try check("smollm2", PretrainedModel(try #require(fetchedSmolLM2)).tokenizer) }
}
