import Foundation

/// What makes two queries one.
public enum QueryText {
    /// A text as people would call it the same: lower case, in composed characters, one blank between words.
    public static func normalised(_ text: String) -> String {
        text.lowercased().precomposedStringWithCanonicalMapping
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
