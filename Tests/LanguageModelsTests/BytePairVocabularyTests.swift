import Testing

@testable import LanguageModels

@Suite struct BytePairVocabularyTests {
    static let names = [
        "deer.n.01", "reindeer.n.01", "roe_deer.n.01", "musk_deer.n.01", "even-toed_ungulate.n.01",
        "dog.n.01",
        "dog.n.02", "st._louis.n.01", "a.e..n.01",
    ]

    @Test func wordsAreCutBeforeUnderscoresAndTheSenseSuffix() {
        func words(_ text: String) -> [String] {
            BytePairVocabulary.words(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(words("even-toed_ungulate.n.01") == ["even-toed", "_ungulate", ".n.01"])
        #expect(words("st._louis.n.01") == ["st.", "_louis", ".n.01"])
        #expect(words("plain") == ["plain"])
        #expect(words(" size 3.5 x 2.1 shoe") == [" size", " 3.5", " x", " 2.1", " shoe"])
        #expect(words(" gold (e.g. a coin). Or so.") == [" gold", " (e.g.", " a", " coin).", " Or", " so."])
        #expect(words(" made in the U.S.") == [" made", " in", " the", " U", ".S."])
        #expect(words("") == [])
    }

    @Test(arguments: [20, 30, 60, 500])
    func everyNameComesBack(size: Int) throws {
        let vocabulary = BytePairVocabulary.learn(from: Self.names, size: size, specialTokens: 2)
        #expect(vocabulary.count <= max(size, 2 + vocabulary.pieces.filter { $0.count == 1 }.count))
        for name in Self.names {
            let ids = try vocabulary.encode(name)
            #expect(vocabulary.decode(ids) == name)
            #expect(ids.allSatisfy { $0 >= 2 })
        }
    }

    @Test func theMostFrequentPairIsMergedFirst() throws {
        let vocabulary = BytePairVocabulary.learn(from: ["abab", "abc", "ab"], size: 6, specialTokens: 2)
        #expect(vocabulary.pieces[5] == Array("ab".utf8))
        #expect(try vocabulary.encode("abab") == [5, 5])
    }

    @Test func aNameCountsAsOftenAsItOccurs() throws {
        let vocabulary = BytePairVocabulary.learn(
            from: ["ab", "ab", "cd"], counts: [1, 1, 3], size: 7, specialTokens: 2)
        #expect(vocabulary.pieces[6] == Array("cd".utf8))
        #expect(try vocabulary.encode("abcd").count == 3)
    }

    @Test func textRoundTripAndItsErrors() throws {
        let vocabulary = BytePairVocabulary.learn(from: Self.names, size: 60, specialTokens: 2)
        #expect(try BytePairVocabulary(serialized: vocabulary.serialized) == vocabulary)
        #expect(throws: TokenizerError.unknownByte(UInt8(ascii: "X"), text: "X")) {
            try vocabulary.encode("X")
        }
        #expect(throws: TokenizerError.malformed("9 9999")) {
            try BytePairVocabulary(serialized: "2\n97 98\n9 9999")
        }
        #expect(throws: TokenizerError.malformed("")) { try BytePairVocabulary(serialized: "") }
    }
}
