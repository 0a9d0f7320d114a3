import Foundation

/// BERT's basic tokenizer for uncased models: control characters removed, accents stripped, letters lower-cased; words
/// end at white space, and every punctuation mark and Chinese character is a word of its own.
///
/// Characters have the classes of Unicode 8, which the tokenizers library's tables are of; what was assigned later is
/// neither punctuation, nor a mark, nor a format character there.
enum BasicTokenizer {
    /// Calls `body` with the UTF-8 of each word.
    static func words(of text: Slice<UnsafeBufferPointer<UInt8>>, _ body: ([UInt8]) -> Void) {
        // ASCII has no accents and nothing to decompose.
        if text.allSatisfy({ $0 < 0x80 }) {
            split(asciiText: text, body)
        } else {
            split(scalars: normalised(String(decoding: text, as: UTF8.self)), body)
        }
    }

    private static func split(asciiText text: Slice<UnsafeBufferPointer<UInt8>>, _ body: ([UInt8]) -> Void) {
        var word: [UInt8] = []
        func end() {
            if !word.isEmpty { body(word) }
            word.removeAll(keepingCapacity: true)
        }
        for byte in text {
            switch byte {
            case 0x61...0x7A, 0x30...0x39: word.append(byte)
            case 0x41...0x5A: word.append(byte | 0x20)
            // Only these end a word; other control characters are dropped, as by `isRemoved`.
            case 0x20, 0x09, 0x0A, 0x0D: end()
            case 0x21...0x7E:
                end()
                body([byte])
            default: break
            }
        }
        end()
    }

    private static func split(scalars: [Unicode.Scalar], _ body: ([UInt8]) -> Void) {
        var word: [UInt8] = []
        func end() {
            if !word.isEmpty { body(word) }
            word.removeAll(keepingCapacity: true)
        }
        for scalar in scalars {
            if scalar.properties.isWhitespace {
                end()
            } else if isPunctuation(scalar) {
                end()
                body(Array(UTF8.encode(scalar)!))
            } else {
                word.append(contentsOf: UTF8.encode(scalar)!)
            }
        }
        end()
    }

    /// Cleaned, with blanks around Chinese characters, decomposed without accents, in lower case.
    private static func normalised(_ text: String) -> [Unicode.Scalar] {
        var cleaned = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where !isRemoved(scalar) {
            if isBlank(scalar) {
                cleaned.append(" ")
            } else if isChinese(scalar.value) {
                cleaned.append(" ")
                cleaned.append(scalar)
                cleaned.append(" ")
            } else {
                cleaned.append(scalar)
            }
        }
        let decomposed = String(cleaned).decomposedStringWithCanonicalMapping
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(decomposed.unicodeScalars.count)
        for scalar in decomposed.unicodeScalars where !isAccent(scalar) {
            result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
        }
        return result
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        ["\t", "\n", "\r"].contains(scalar) || scalar.properties.isWhitespace
    }

    private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0, 0xFFFD: return true
        case 0x09, 0x0A, 0x0D: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .privateUse: return true
        case .format: return isOfUnicode8(scalar)
        default: return false
        }
    }

    /// A mark without width of its own.
    private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Marks of Hanunoo and Ahom that have become spacing ones since.
        case 0x1734, 0x1171E: return true
        // Signs of Mongolian, Javanese and Sharada that have become such marks since.
        case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
        default: return scalar.properties.generalCategory == .nonspacingMark && isOfUnicode8(scalar)
        }
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        // A Canadian syllabics sign and a Sharada one that are punctuation no longer.
        case 0x166D, 0x111C9: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return isOfUnicode8(scalar)
        default: return false
        }
    }

    private static func isOfUnicode8(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.age.map { $0.major <= 8 } ?? false
    }

    /// The blocks that BERT takes for Chinese; the fifth begins 256 characters late in the library, and so here.
    private static func isChinese(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}
