import Options
import Testing

@Suite struct WrittenNumberTests {
    @Test(arguments: [
        ("0", 0), ("7", 7), ("+7", 7), ("-7", -7), ("-0", 0), ("2048", 2048),
        ("9007199254740993", 9_007_199_254_740_993), ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min),
    ])
    func wholeNumbersAreDigitsWithASign(text: String, value: Int) {
        #expect(WrittenNumber.integer(text) == value)
    }

    @Test(arguments: [
        "", "-", "+", "007", "01", "-01", "2.5", "2.0", "2.", "1e3", "1e30", "9223372036854775808",
        "-9223372036854775809", "18446744073709551616", "99999999999999999999999999", "1_000", "1,000",
        "0x10",
        "0o17", "0b1", " 1", "1 ", "--1", "+-1", "٣", "１", "1\u{301}", "½", "nan", "inf", "true", "~",
    ])
    func nothingElseIsAWholeNumber(text: String) {
        #expect(WrittenNumber.integer(text) == nil)
    }

    @Test(arguments: [
        ("0", 0.0), ("-0", 0), ("-0.0", 0), ("1", 1), ("2.50", 2.5), (".5", 0.5), ("-.5", -0.5), ("5.", 5),
        ("1e-3", 0.001), ("1E+2", 100), ("1.5e2", 150), ("0.05", 0.05), ("1e05", 1e5), ("1e-400", 0),
        ("9007199254740993", 9_007_199_254_740_992),
    ])
    func numbersMayHaveAPointAndAnExponent(text: String, value: Double) {
        #expect(WrittenNumber.number(text) == value)
        #expect(WrittenNumber.number(text)?.sign == value.sign)
    }

    @Test(arguments: [
        "", ".", "-.", "00.5", "01", "1e", "1e+", "e5", "1e5.5", "1.2.3", "1e400", "-1e400", "nan", "inf",
        "infinity", ".inf", "0x1p3", "1_0", "1,5", " 1", "1 ", "٣", "1.٣",
    ])
    func nothingElseIsANumber(text: String) {
        #expect(WrittenNumber.number(text) == nil)
    }

    /// Every whole number reads back from its text, around the ends of the sorts of numbers that it might pass through.
    @Test func wholeNumbersSurviveTheirText() {
        for power in 0..<63 {
            for offset in -2...2 {
                let value = (1 << power) &+ offset
                #expect(WrittenNumber.integer("\(value)") == value)
                #expect(WrittenNumber.integer("\(-value)") == -value)
            }
        }
    }

    @Test func aLegalValueIsReadAndAnotherIsNot() {
        let range = LegalValues.integers(1...10)
        #expect(range.read(.scalar("10")) == .integer(10))
        for text in ["0", "11", "01", "1.0", "", "ten"] { #expect(range.read(.scalar(text)) == nil) }
        #expect(range.read(.list([.scalar("1")])) == nil)
        #expect(range.read(.mapping) == nil)
        #expect(range.read(.null) == nil)
        #expect("\(range)" == "a whole number in 1...10")
    }

    @Test func wordsAreComparedByBytes() {
        let legal = LegalValues.words(["caf\u{E9}", "top1", "stepwise"])
        #expect(legal.read(.scalar("top1")) == .text("top1"))
        #expect(legal.read(.scalar("cafe\u{301}")) == nil)
        #expect(legal.read(.scalar("Top1")) == nil)
        #expect("\(legal)" == "caf\u{E9}, top1 or stepwise")
    }

    @Test(arguments: [
        (NumberRange.in(0...1), [0, 0.5, 1], [-0.1, 1.1, .nan, .infinity], "a number in 0...1"),
        (NumberRange.in(0..<1), [0, 0.5], [1, -1, .nan], "a number in 0..<1"),
        (NumberRange.above(0), [1e-300, 5], [0, -1, .infinity, .nan], "a number above 0"),
        (NumberRange.atLeast(0.5), [0.5, 1e300], [0.4, .infinity], "a number of at least 0.5"),
        (NumberRange.above(0, atMost: 10), [0.1, 10], [0, 10.1], "a number above 0 and at most 10"),
        (NumberRange.above(0, below: 1), [0.1], [0, 1], "a number above 0 and below 1"),
    ])
    func aRangeSaysWhatItContains(range: NumberRange, inside: [Double], outside: [Double], text: String) {
        for value in inside { #expect(range.contains(value), "\(value)") }
        for value in outside { #expect(!range.contains(value), "\(value)") }
        #expect("\(LegalValues.numbers(range))" == text)
    }

    @Test func listsAreDifferentNumbersInBrackets() {
        let legal = LegalValues.integerList(1...5)
        #expect(legal.read(WrittenValue(commandLine: "[1,3]")) == .integers([1, 3]))
        for text in ["[]", "[1,1]", "[6]", "[1,]", "[,1]", "[01]", "[1.0]", "1", "[1", "[[1]]"] {
            #expect(legal.read(WrittenValue(commandLine: text)) == nil, "\(text)")
        }
    }
}
