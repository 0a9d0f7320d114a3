import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// The learned vocabulary against its definition, and its time against the length of its texts.
@Suite(.serialized) struct BytePairSpeedTests {
    /// Words over few letters, so that pairs overlap and tie.
    private static func names(_ count: Int, letters: String, stream: inout RandomStream) -> [String] {
        let letters = Array(letters.unicodeScalars)
        return (0..<count).map { _ in
            var name = String.UnicodeScalarView()
            for _ in 0..<(1 + stream.uniform(below: 24)) {
                name.append(letters[stream.uniform(below: letters.count)])
            }
            return String(name)
        }
    }

    @Test(arguments: ["ab", "aab_.", "abc d.1", "\u{e9}\u{4e2d}\u{6587}a", "x"])
    func learningAndEncodingAreTheirDefinitions(letters: String) throws {
        for seed in 0..<12 {
            var stream = RandomStream(seed: UInt64(seed), name: "byte pairs " + letters)
            let names = Self.names(1 + seed * 3, letters: letters, stream: &stream)
            let vocabulary = BytePairVocabulary.learn(from: names, size: 60, specialTokens: 2)
            #expect(
                vocabulary.merges == NaiveBytePairs.merges(of: names, size: 60, specialTokens: 2),
                "seed \(seed): \(names)")
            for name in names + [names.joined()] {
                #expect(
                    try vocabulary.encode(name) == NaiveBytePairs.encode(name, vocabulary),
                    "seed \(seed): '\(name)'")
                #expect(try vocabulary.decode(vocabulary.encode(name)) == name)
            }
        }
    }

    /// A text of Chinese characters without a blank: one word.
    private static func chinese(_ count: Int) -> String {
        var stream = RandomStream(seed: 5, name: "chinese")
        var text = String.UnicodeScalarView()
        for _ in 0..<count {
            // A few hundred characters make up most of a text.
            let (a, b) = (stream.uniform(below: 900), stream.uniform(below: 900))
            if let scalar = Unicode.Scalar(UInt32(0x4E00 + a * b / 900)) { text.append(scalar) }
        }
        return String(text)
    }

    /// The least processor time of some runs, in seconds: of this thread alone, as other tests take the processor in between.
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        var best = Double.infinity
        for _ in 0..<7 {
            let start = now()
            try body()
            best = min(best, now() - start)
        }
        return best
    }

    @Test func timeGrowsWithALongTextAndNotWithItsSquare() throws {
        let (short, long) = (Self.chinese(15_000), Self.chinese(60_000))
        let learned = (
            short: seconds { _ = BytePairVocabulary.learn(from: [short], size: 1_000, specialTokens: 2) },
            long: seconds { _ = BytePairVocabulary.learn(from: [long], size: 1_000, specialTokens: 2) }
        )
        // Four times the text takes 4 times as long, or a little more for the logarithm and caches; by the square it would be 16.
        #expect(learned.long < 8 * learned.short, "learning: \(learned)")
        let vocabulary = BytePairVocabulary.learn(from: [long], size: 1_000, specialTokens: 2)
        let encoded = (
            short: try seconds { _ = try vocabulary.encode(short) },
            long: try seconds { _ = try vocabulary.encode(long) }
        )
        #expect(encoded.long < 8 * encoded.short, "encoding: \(encoded)")
        #expect(encoded.long < 2, "\(encoded.long) s for 60,000 characters")
    }

    /// Thirty merges that double each other would be a piece of a gigabyte.
    @Test func aVocabularyOfPiecesThatDoubleIsRefused() {
        let merges = (0..<40).map { $0 == 0 ? "0 0" : "\($0) \($0)" }
        #expect(throws: TokenizerError.self) {
            try BytePairVocabulary(serialized: (["0", "97"] + merges).joined(separator: "\n"))
        }
    }

    @Test func idsThatTheVocabularyLacksGiveNothing() throws {
        let vocabulary = BytePairVocabulary.learn(from: ["ab"], size: 10, specialTokens: 2)
        #expect(try vocabulary.decode([-1, 0] + vocabulary.encode("ab") + [1_000]) == "ab")
    }
}
