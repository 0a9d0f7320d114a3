import Options
import Testing

private enum Shape: String, CaseIterable, Sendable { case flat, round }

private struct Sample: Configurable {
    var shape = Shape.flat
    var radius = 2.0
    var count = 3
    var seed: UInt64 = 1
    var note: String?
    var marks = [1, 2]
    var isOpen = false

    static let defaults = Sample()

    static var options: [OptionDeclaration<Sample>] {
        [
            .word("shape", \.shape, "The shape."),
            .number("round.radius", .above(0), \.radius, "The radius.").when("shape is round") {
                $0.shape == .round
            },
            .integer("count", in: 1...10, \.count, "How many."),
            .seed("seed", \.seed, "The seed."),
            .optionalName("note", "a note", \.note, "A note.").leftOutAtDefault(),
            .integers("marks", in: 1...9, \.marks, "Marks."),
            .flag("isOpen", \.isOpen, "Whether it is open."),
        ]
    }
}

@Suite struct ConfigurableTests {
    @Test func valuesMakeAConfigurationAndComeBack() {
        let values: [String: OptionValue] = [
            "shape": .text("round"), "round.radius": .number(0.5), "count": .integer(7), "note": .text("x"),
            "marks": .integers([4]), "isOpen": .flag(true), "seed": .integer(Int.max),
        ]
        let sample = Sample(values: values)
        #expect(
            sample
                == Sample(
                    shape: .round, radius: 0.5, count: 7, seed: UInt64(Int.max), note: "x", marks: [4],
                    isOpen: true))
        let back = Dictionary(uniqueKeysWithValues: sample.optionValues.map { ($0.key, $0.value) })
        #expect(back == values)
        #expect(Sample(values: [:]) == .defaults)
    }

    @Test func whatDoesNotCountHasItsDefaultAndIsNotListed() {
        let sample = Sample(values: ["round.radius": .number(9)])
        #expect(sample == .defaults)
        #expect(!sample.optionValues.map(\.key).contains("round.radius"))
    }

    @Test func aLateOptionIsLeftOutOfTheIdentityAtItsDefault() {
        #expect(
            Sample.defaults.identifyingValues.map(\.key) == ["shape", "count", "seed", "marks", "isOpen"])
        #expect(Sample(values: ["note": .text("x")]).identifyingValues.map(\.key).contains("note"))
    }

    @Test func validationNamesTheOptionAndItsRange() {
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "count", value: "11", legal: "a whole number in 1...10")
        ) { try Sample(count: 11).validate() }
        #expect(
            throws: ConfigurationError.outOfRange(
                option: "round.radius", value: "nan", legal: "a number above 0")
        ) { try Sample(shape: .round, radius: .nan).validate() }
        // A radius that does not count cannot be wrong.
        #expect(throws: Never.self) { try Sample(radius: .nan).validate() }
    }

    @Test func descriptionsTellDefaultRangeAndCondition() throws {
        let radius = try #require(Sample.descriptions.first { $0.key == "round.radius" })
        #expect(radius.defaultValue == .number(2))
        #expect(radius.condition == "shape is round")
        #expect(radius.flag == "round-radius")
        #expect(Sample.descriptions.map(\.flag).contains("is-open"))
    }

    @Test func textOfNumbersIsShort() {
        #expect("\(OptionValue.number(2))" == "2")
        #expect("\(OptionValue.number(0.05))" == "0.05")
        #expect("\(OptionValue.number(1e30))" == "1e+30")
        #expect("\(OptionValue.integers([1, 2]))" == "[1,2]")
    }
}

@Suite struct CanonicalJSONTests {
    private let values: [String: OptionValue] = [
        "b.z": .integer(9_007_199_254_740_993), "b.a.deep": .flag(true), "a": .text("quote \" \\ \u{1}\n é"),
        "c": .number(0.1), "d": .integers([3, 1]), "e": .number(2),
    ]

    @Test func membersAreSortedAndNothingIsSpaced() {
        #expect(
            CanonicalJSON.text(values)
                == #"{"a":"quote \" \\ \u0001\u000a é","b":{"a":{"deep":true},"z":9007199254740993},"c":0.1,"d":[3,1],"e":2}"#
        )
    }

    @Test func textComesBackAsItWas() throws {
        var expected = values
        // JSON has one sort of number.
        expected["e"] = .integer(2)
        #expect(try CanonicalJSON.values(CanonicalJSON.text(values)) == expected)
    }

    @Test(arguments: ["", "[]", "3", "{", "{\"a\":[\"x\"]}", "{\"a\":[1.5]}"])
    func otherTextIsRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try CanonicalJSON.values(text) }
    }

    /// Around every power of two a whole number comes back exactly.
    @Test func wholeNumbersSurvive() throws {
        for power in 0..<63 {
            let value = (1 << power) &+ 1
            let text = CanonicalJSON.text(["n": .integer(value)])
            #expect(try CanonicalJSON.values(text) == ["n": .integer(value)])
        }
    }
}
