/// A text whose identity is its UTF-8 bytes: what ids in files are looked up and sorted by.
///
/// Swift's `==` on String is canonical equivalence, so that "é" in one code point and in two would be one id.
public struct UTF8Text: Hashable, Comparable, Sendable {
    /// The text itself, its bytes as they were given.
    public let text: String

    /// The text, neither normalised nor changed in case.
    public init(_ text: some StringProtocol) { self.text = String(text) }

    public static func == (left: UTF8Text, right: UTF8Text) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Order by bytes, which is the order of code points.
    public static func < (left: UTF8Text, right: UTF8Text) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var bytes = text
        bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
