import Foundation
import Options
import RankingData
import TestSupport
import Testing

@testable import Experiments

/// Damaged files that are still taken mean what their text says: each is read once more by a few plain lines of the test's
/// own, which know nothing of the readers.
@Suite("Damaged files that are taken mean what they say")
struct ChangedMeaningTests {
    // MARK: Judgments

    /// A query's documents: the relevant ones from the most relevant down, then the others in the file's order.
    private struct Ranking: Equatable {
        var relevant: [[UInt8]] = []
        var others: [[UInt8]] = []
    }

    /// Judgments by line, fields parted by blanks: `query document relevance`, `query 0 document relevance`, or
    /// `query Q0 document rank score tag`; nil for a text with tabs, between which ids may have blanks.
    private func reading(_ bytes: [UInt8]) -> [[UInt8]: Ranking]? {
        guard !bytes.contains(UInt8(ascii: "\t")) else { return nil }
        var judged: [[UInt8]: [(document: [UInt8], isRelevant: Bool, keys: [Double])]] = [:]
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let whole = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            var fields = whole.split(separator: UInt8(ascii: " ")).map(Array.init)
            if fields.isEmpty { continue }
            if fields.count == 3 { fields.insert([], at: 1) }
            guard fields.count == 4 || fields.count == 6 else { return [:] }
            let numbers = fields[3...].prefix(2).map { Double(String(decoding: $0, as: UTF8.self)) ?? .nan }
            let isRun = fields.count == 6
            guard judged[fields[0]]?.contains(where: { $0.document == fields[2] }) != true else { continue }
            judged[fields[0], default: []].append(
                (fields[2], isRun || numbers[0] > 0, isRun ? [-numbers[0], numbers[1]] : numbers))
        }
        return judged.mapValues { all in
            // Swift's sort keeps the order of equals.
            let sorted = all.filter(\.isRelevant).sorted { $1.keys.lexicographicallyPrecedes($0.keys) }
            return Ranking(
                relevant: sorted.map(\.document), others: all.filter { !$0.isRelevant }.map(\.document))
        }.filter { !$0.value.relevant.isEmpty }
    }

    @Test(
        "judgments: the same queries, documents and order",
        arguments: [
            "q1 0 d1 3\nq1 0 d2 1\nq1 0 d3 0\nq2 0 d3 2\nq2 0 d1 10\nq2 0 d4 2\nq3 0 d2 1\nq3 0 d4 -1\n",
            "q1 Q0 d1 1 9.5 a\nq1 Q0 d2 3 7.25 a\nq1 Q0 d3 2 8 a\nq2 Q0 d3 1 0.5 a\nq2 Q0 d1 1 2.5 a\n",
        ])
    func judgments(text: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        var taken = 0
        let refused = try damage(Data(text.utf8), 2000, isExpected: { $0 is JudgmentsError }) { data in
            try data.write(to: file)
            let read = try Judgments.read(relevant: file.path).judgments
            guard let plain = reading(Array(data)) else { return }
            func id(_ entity: Int32) -> [UInt8] { Array(read.entities[Int(entity)].id.utf8) }
            let found = Dictionary(
                uniqueKeysWithValues: read.queries.map {
                    (id($0.query), Ranking(relevant: $0.documents.map(id), others: $0.negatives.map(id)))
                })
            #expect(found == plain, "\(String(decoding: data, as: UTF8.self))")
            taken += 1
        }
        #expect(refused > 200 && taken > 200, "\(refused) refused, \(taken) taken")
    }

    // MARK: Specs

    /// Options that all differ from their defaults.
    private static let spec = """
        name: s
        model: dual-encoder
        settings:
          steps: 7000
          dimension: 64
          batch: 512
          learningRate: 0.25
          momentum: 0.5
          temperature: 0.125
          alpha: 3
          data:
            evaluationQueries: 400
            splitSeed: 9
          sampling: replacement
        seeds: 5

        """

    /// The dotted keys and values of a text that has nothing but lines `key: value` and `key:`, indented by blanks; nil
    /// for any other text, and for one with a key that stands twice or has no value.
    private func reading(_ text: String) -> [String: String]? {
        var values: [String: String] = [:]
        var open: [(indent: Int, key: String)] = []
        var (parents, seen): (Set<String>, Set<String>) = ([], [])
        for line in text.split(separator: "\n") {
            guard let match = line.wholeMatch(of: /( *)([A-Za-z.]+):(?: +([A-Za-z0-9.-]+))? */) else {
                return nil
            }
            let indent = match.1.count
            open.removeAll { $0.indent >= indent }
            let siblings = seen.filter { $0.hasPrefix((open.last?.key ?? "") + "/") }
            guard siblings.allSatisfy({ $0.hasSuffix("/\(indent)") }) else { return nil }
            seen.insert("\(open.last?.key ?? "")/\(indent)")
            let key = (open.last.map { $0.key + "." } ?? "") + match.2
            if let parent = open.last?.key { parents.insert(parent) }
            guard values[key] == nil else { return nil }
            values[key] = match.3.map(String.init) ?? ""
            if match.3 == nil { open.append((indent, key)) }
        }
        for parent in parents { values[parent] = nil }
        return values.values.contains("") ? nil : values
    }

    /// Reads a spec, and compares what it expands to with its text.
    ///
    /// - Returns: Whether the text could be compared.
    private func compare(_ text: String) throws -> Bool {
        let spec = try ExperimentSpec(text: text, file: "spec.yaml")
        let points = try spec.points(scale: "quick")
        guard var plain = reading(text) else { return false }
        let point = try #require(points.first)
        #expect(points.count == 1)
        let (name, model) = (plain.removeValue(forKey: "name"), plain.removeValue(forKey: "model"))
        #expect(name == spec.name && model == point.configuration.model.rawValue)
        let seed = plain.removeValue(forKey: "seeds") ?? "1"
        #expect(Int(seed) == Int(exactly: point.seed))
        let options = point.configuration.model.options
        for (key, value) in point.configuration.optionValues {
            guard let written = plain.removeValue(forKey: "settings.\(key)") else {
                let description = try #require(options.first { $0.key == key })
                #expect(value == description.defaultValue, "\(key) in \(text)")
                continue
            }
            switch value {
            case .integer(let number): #expect(Int(written) == number, "\(key) in \(text)")
            case .number(let number): #expect(Double(written) == number, "\(key) in \(text)")
            default: #expect(value.description == written, "\(key) in \(text)")
            }
        }
        #expect(plain.isEmpty, "\(plain) was ignored in \(text)")
        return true
    }

    @Test("specs: what the text says is what the run has, and all else has its default")
    func specs() throws {
        var taken = 0
        let refused = try damage(Data(Self.spec.utf8), 2000, isExpected: { $0 is SpecError }) { data in
            if try compare(String(decoding: data, as: UTF8.self)) { taken += 1 }
        }
        #expect(refused > 1000 && taken > 30, "\(refused) refused, \(taken) taken")
    }

    /// The spec with one line left out, written twice, put in another's place or moved to the right, or one digit changed.
    private var edited: [String] {
        let lines = Self.spec.split(separator: "\n").map(String.init)
        var texts: [[String]] = []
        for place in lines.indices {
            var (without, twice, moved) = (lines, lines, lines)
            without.remove(at: place)
            twice.insert(lines[place], at: place)
            moved[place] = "  " + lines[place]
            texts += [without, twice, moved]
            for other in lines.indices where other > place {
                var swapped = lines
                swapped.swapAt(place, other)
                texts.append(swapped)
            }
            for (offset, character) in lines[place].enumerated() where character.isNumber {
                for digit in "0123456789" where digit != character {
                    var line = Array(lines[place])
                    line[offset] = digit
                    texts.append(lines.enumerated().map { $0 == place ? String(line) : $1 })
                }
            }
        }
        return texts.map { $0.joined(separator: "\n") + "\n" }
    }

    @Test("edited specs: likewise")
    func editedSpecs() {
        var (taken, refused) = (0, 0)
        for text in edited {
            do { taken += try compare(text) ? 1 : 0 } catch {
                #expect(error is SpecError, "\(error)")
                refused += 1
            }
        }
        #expect(taken > 200 && refused > 50, "\(refused) refused, \(taken) taken")
    }
}
