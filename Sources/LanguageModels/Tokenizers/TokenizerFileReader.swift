import Foundation

/// The parts of a tokenizer.json, each turned into ours or refused.
struct TokenizerFileReader {
    let path: String

    private func unsupported(_ what: String) -> ModelFileError { .unsupported(file: path, what: what) }

    func addedTokens(_ json: JSONText?) throws(ModelFileError) -> [(text: String, id: Int32)] {
        var tokens: [(text: String, id: Int32)] = []
        for entry in json?.elements ?? [] {
            guard let text = entry["content"]?.text, let id = entry["id"]?.integer, id >= 0 else {
                throw .malformed(file: path, reason: "an added token has no content or id")
            }
            for flag in ["lstrip", "rstrip", "single_word"] where entry[flag]?.flag == true {
                throw unsupported("its added token '\(text)' has \(flag), which is not done here")
            }
            tokens.append((text, id))
        }
        return tokens
    }

    /// Merges are pairs, or one text with a blank between the two.
    func merges(_ json: JSONText?) throws(ModelFileError) -> [(left: [UInt8], right: [UInt8])] {
        var merges: [(left: [UInt8], right: [UInt8])] = []
        for entry in json?.elements ?? [] {
            if let text = entry.text {
                merges.append(BytePairTokenizer.pair(of: text))
            } else if let parts = entry.elements, parts.count == 2, let left = parts[0].text,
                let right = parts[1].text
            {
                merges.append((Array(left.utf8), Array(right.utf8)))
            } else {
                throw .malformed(file: path, reason: "merge \(merges.count) is no pair")
            }
        }
        return merges
    }

    private func sequence(_ json: JSONText?, _ members: String) -> [JSONText] {
        guard let json, !json.isNull else { return [] }
        return json["type"]?.text == "Sequence" ? json[members]?.elements ?? [] : [json]
    }

    func isByteLevel(_ preTokenizer: JSONText?) -> Bool {
        sequence(preTokenizer, "pretokenizers").contains { $0["type"]?.text == "ByteLevel" }
    }

    func rules(normalizer: JSONText?, preTokenizer: JSONText?) throws(ModelFileError) -> PreTokenizer {
        var rules = PreTokenizer()
        for step in sequence(normalizer, "normalizers") {
            switch step["type"]?.text {
            case "Prepend":
                rules.normalizations.append(.prepend(step["prepend"]?.text ?? ""))
                rules.stripsLeadingSpace = true
            case "Replace":
                guard let old = step["pattern"]?["String"]?.text, let new = step["content"]?.text else {
                    throw unsupported("its normalizer replaces by a pattern, which is not done here")
                }
                rules.normalizations.append(.replace(old, with: new))
            case let other:
                throw unsupported("its normalizer \(other ?? "?") is not known here")
            }
        }
        for step in sequence(preTokenizer, "pretokenizers") { try add(step, to: &rules) }
        return rules
    }

    private func add(_ step: JSONText, to rules: inout PreTokenizer) throws(ModelFileError) {
        switch step["type"]?.text {
        case "Digits":
            let pattern = step["individual_digits"]?.flag == true ? PreTokenizer.digit : PreTokenizer.number
            rules.rules += BytePairTokenizer.splits([pattern])
        case "ByteLevel":
            if step["add_prefix_space"]?.flag == true { rules.rules.append(.prefixSpace) }
            if step["use_regex"]?.flag ?? true {
                rules.rules += BytePairTokenizer.splits([PreTokenizer.gpt2])
            }
        case "Split":
            let behavior = step["behavior"]?.text ?? ""
            guard behavior == "Isolated" || behavior == "Removed", step["invert"]?.flag != true,
                let text = step["pattern"]?["Regex"]?.text
                    ?? step["pattern"]?["String"]?.text.map(NSRegularExpression.escapedPattern),
                let pattern = PreTokenizer.Pattern(text)
            else {
                throw unsupported("its pre-tokenizer splits in a way (\(behavior)) that is not done here")
            }
            rules.rules.append(.split(pattern, keepsMatches: behavior == "Isolated"))
        case "Metaspace":
            guard let prepends = PreTokenizer.Prepending(rawValue: step["prepend_scheme"]?.text ?? "always")
            else {
                throw unsupported("its metaspace is prepended in an unknown way")
            }
            rules.rules.append(
                .metaspace(
                    step["replacement"]?.text ?? "\u{2581}", prepends: prepends,
                    splits: step["split"]?.flag ?? true))
            rules.stripsLeadingSpace = prepends != .never
        case let other:
            throw unsupported("its pre-tokenizer \(other ?? "?") is not known here")
        }
    }

    /// The added token that a template puts before a single text.
    func beginToken(_ json: JSONText?, _ added: [(text: String, id: Int32)]) -> Int32? {
        let template = sequence(json, "processors").first { $0["type"]?.text == "TemplateProcessing" }
        guard let name = template?["single"]?.elements?.first?["SpecialToken"]?["id"]?.text else {
            return nil
        }
        return added.first { $0.text == name }?.id
    }
}
