import Foundation

/// What makes two queries one.
public enum QueryText {
    /// A text as people would call it the same: lower case, in composed characters, one blank between words, without those of
    /// Unicode's category Format, most of which nobody sees (soft hyphens, joiners, marks of direction).
    public static func normalised(_ text: String) -> String {
        visible(text).lowercased().precomposedStringWithCanonicalMapping
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static func visible(_ text: String) -> String {
        // Nearly all texts have no such character, and need not be taken apart and put together again.
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .format }) else {
            return text
        }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .format }))
    }
}
