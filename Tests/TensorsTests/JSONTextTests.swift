import Foundation
import Testing

@testable import Tensors

/// The JSON reader against RFC 8259, and against Foundation's where the two agree.
@Suite struct JSONTextTests {
    private func parse(_ bytes: [UInt8]) throws -> JSONText {
        try bytes.withUnsafeBytes { try JSONText($0) }
    }

    private func parse(_ text: String) throws -> JSONText { try parse(Array(text.utf8)) }

    @Test func valuesAreRead() throws {
        let value = try parse(
            #" {"a": [1, -0, 2.5, 1e3, true, false, null], "b\u00e9\n\ud83d\ude00\/": "x", "": {}} "#)
        guard case .object(let members) = value else {
            Issue.record("\(value.summary)")
            return
        }
        #expect(
            members.map { Array($0.key.utf8) } == ["a", "b\u{e9}\n\u{1f600}/", ""].map { Array($0.utf8) })
        let list = try #require(value["a"]?.elements)
        #expect(list.map(\.whole) == [1, 0, nil, nil, nil, nil, nil])
        #expect(list.map(\.double) == [1, 0, 2.5, 1000, nil, nil, nil])
        #expect(list.map(\.flag) == [nil, nil, nil, nil, true, false, nil])
        #expect(list.map(\.isNull) == [false, false, false, false, false, false, true])
    }

    /// Two spellings of é are two keys, as they are two tokens.
    @Test func keysAreBytes() throws {
        let value = try parse(
            "{\"caf\u{e9}\": 1, \"cafe\u{301}\": 2, \"\r\n\": 3, \"\u{212a}\": 4}".replacing(
                "\r\n", with: "\\r\\n"))
        #expect(value["caf\u{e9}"]?.whole == 1)
        #expect(value["cafe\u{301}"]?.whole == 2)
        #expect(value["\r\n"]?.whole == 3)
        #expect(value["K"] == nil, "the sign for kelvin is another letter")
    }

    @Test func anEditorsMarksAreSkipped() throws {
        #expect(try parse([0xEF, 0xBB, 0xBF] + Array("{\r\n\"a\":\r\n1}\r\n".utf8))["a"]?.whole == 1)
    }

    @Test(arguments: [
        ("", "ends"), ("  ", "ends"), ("{", "quoted"), ("[1,]", "missing"), ("[1 2]", "comma"),
        ("{\"a\" 1}", "colon"),
        ("{\"a\":1,}", "quoted"), ("{a:1}", "quoted"), ("{'a':1}", "quoted"), ("[1]]", "behind"),
        ("01", "missing"),
        ("-", "missing"), ("+1", "missing"), ("1.", "point"), (".5", "missing"), ("1e", "exponent"),
        ("1e999", "too large"),
        ("-1e999", "too large"), ("NaN", "missing"), ("Infinity", "missing"), ("nul", "missing"),
        ("nulll", "behind"),
        ("TRUE", "missing"), ("\"a", "ends"), ("\"a\u{1}\"", "control"), ("\"a\nb\"", "control"),
        ("\"\\x\"", "escape"),
        ("\"\\u12\"", "escape"), ("\"\\u+123\"", "escape"), ("\"\\ud800\"", "escape"),
        ("\"\\udc00\"", "escape"),
        ("\"\\ud800\\u0041\"", "escape"), ("{\"a\":1,\"a\":1}", "twice"),
        ("{\"a\":1,\"\\u0061\":2}", "twice"),
        ("[1] // a", "behind"), ("/* a */ 1", "missing"), ("1\u{0}", "behind"), ("\u{a0}1", "missing"),
    ])
    func whatIsNoJSONIsSaid(text: String, says: String) throws {
        let error = #expect(throws: JSONText.SyntaxError.self) { try parse(text) }
        let reason = try #require(error).reason
        #expect(reason.contains(says), "\(reason)")
    }

    @Test func theLineIsSaid() throws {
        let error = #expect(throws: JSONText.SyntaxError.self) { try parse("{\n\"a\": 1,\r\n\"b\": x\n}") }
        #expect(error?.line == 3)
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0xFF, 0xFE, 0x31, 0x00], [0xFE, 0xFF, 0x00, 0x31],
        ] as [[UInt8]])
    func textThatIsNoUTF8IsRefused(bytes: [UInt8]) throws {
        let error = #expect(throws: JSONText.SyntaxError.self) { try parse(bytes) }
        let reason = try #require(error).reason
        #expect(reason.contains("UTF-"), "\(reason)")
    }

    @Test func numbersBeyondSixtyFourBitsAreNoWholeNumbers() throws {
        for (text, whole) in [
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775808", nil),
            ("18446744073709551616", nil), ("1e3", nil), ("1.0", nil),
            ("9007199254740993", 9_007_199_254_740_993),
        ] as [(String, Int?)] {
            #expect(try parse(text).whole == whole)
            #expect(try parse(text).double == Double(text))
        }
    }

    /// Neither the parser nor whoever frees the value runs out of stack.
    @Test func deepNestingIsRefused() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = String(repeating: open, count: 63) + "1" + String(repeating: close, count: 63)
            #expect(throws: Never.self) { try parse(deep) }
            for depth in [64, 1_000_000] {
                let error = #expect(throws: JSONText.SyntaxError.self) {
                    try parse(String(repeating: open, count: depth) + "1")
                }
                #expect(try #require(error).reason.contains("nested"))
            }
        }
    }

    /// The value as Foundation has it.
    private func foundation(_ value: JSONText) -> NSObject {
        switch value {
        case .null: NSNull()
        case .bool(let flag): NSNumber(value: flag)
        case .integer(let number): NSNumber(value: number)
        case .number(let number): NSNumber(value: number)
        case .string(let text): NSString(string: text)
        case .array(let elements): NSArray(array: elements.map(foundation))
        case .object(let members):
            NSDictionary(dictionary: Dictionary(members.map { ($0.key, foundation($0.value)) }) { $1 })
        }
    }

    /// Of 20,000 damaged texts those that are read are read by Foundation too, as the same values.
    @Test func damagedTextsAreReadAsFoundationReadsThem() throws {
        let original = Array(
            #"{"a": [1, 2.5, -3e2, "x\n\u00e9"], "b": {"c": null, "d": true}, "e": "\ud83d\ude00", "f": [[], {}]}"#
                .utf8)
        var stream = RandomStream(seed: 1, name: "json")
        let letters = Array(#"{}[]",:\ue0159.-+ntf "#.utf8)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0...stream.uniform(below: 2) {
                let place = stream.uniform(below: bytes.count)
                switch stream.uniform(below: 3) {
                case 0: bytes[place] = letters[stream.uniform(below: letters.count)]
                case 1: bytes.insert(letters[stream.uniform(below: letters.count)], at: place)
                default: bytes.remove(at: place)
                }
            }
            guard let value = try? parse(bytes) else { continue }
            accepted += 1
            let other =
                try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) as? NSObject
            #expect(other == foundation(value), "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 1_000)
    }
}
