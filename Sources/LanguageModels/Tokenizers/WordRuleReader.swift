/// Turns the normalizer, pre-tokenizer and decoder of a tokenizer.json into rules, or refuses them by name.
struct WordRuleReader {
    private(set) var rules = PreTokenizer()
    private var isSpelled = false

    private func kind(_ step: JSONMembers) throws(ModelFileError) -> String {
        try step.required("type", step.text("type"))
    }

    private func unsupported(_ step: JSONMembers, _ what: String) -> ModelFileError {
        .unsupported(file: step.path, what: what)
    }

    mutating func addNormalizer(_ step: JSONMembers) throws(ModelFileError) {
        switch try kind(step) {
        case "Prepend":
            try step.refuse(except: ["type", "prepend"])
            rules.normalizations.append(.prepend(try step.required("prepend", step.text("prepend"))))
        case "Replace":
            try step.refuse(except: ["type", "pattern", "content"])
            let new = try step.required("content", step.text("content"))
            guard let pattern = try step.object("pattern"), pattern.members.count == 1,
                let old = try pattern.text("String"), !old.isEmpty
            else {
                throw unsupported(
                    step, "its normalizer Replace has a pattern that is no text: that is not done here")
            }
            rules.normalizations.append(.replace(old, with: new))
        case let other:
            throw unsupported(
                step, "its normalizer '\(other)' is not done here; Prepend and Replace of a text are")
        }
    }

    mutating func addPreTokenizer(_ step: JSONMembers) throws(ModelFileError) {
        // ByteLevel spells bytes by other characters, so that what cuts behind it would see another text.
        guard !isSpelled else {
            throw unsupported(step, "its pre-tokenizer cuts words behind ByteLevel, which is not done here")
        }
        switch try kind(step) {
        case "Digits":
            try step.refuse(except: ["type", "individual_digits"])
            let isSingle = try step.flag("individual_digits") ?? false
            rules.rules += PreTokenizer.splits([isSingle ? PreTokenizer.digit : PreTokenizer.number])
        case "ByteLevel":
            try step.refuse(except: ["type", "add_prefix_space", "trim_offsets", "use_regex"])
            if try step.flag("add_prefix_space") ?? true { rules.rules.append(.prefixSpace) }
            if try step.flag("use_regex") ?? true { rules.rules += PreTokenizer.splits([PreTokenizer.gpt2]) }
            isSpelled = true
        case "Split": try addSplit(step)
        case "Metaspace": try addMetaspace(step)
        case let other:
            throw unsupported(
                step,
                "its pre-tokenizer '\(other)' is not done here; ByteLevel, Digits, Split and Metaspace are")
        }
    }

    private mutating func addSplit(_ step: JSONMembers) throws(ModelFileError) {
        try step.refuse(except: ["type", "pattern", "behavior"]) { key, value in
            key == "invert" ? value.flag == false : nil
        }
        let behavior = try step.required("behavior", step.text("behavior"))
        guard behavior == "Isolated" || behavior == "Removed" else {
            throw unsupported(
                step, "its pre-tokenizer Split has the behavior '\(behavior)'; Isolated and Removed are done")
        }
        guard let pattern = try step.object("pattern"), pattern.members.count == 1 else {
            throw unsupported(step, "its pre-tokenizer Split has no pattern")
        }
        let (regex, text) = (try pattern.text("Regex"), try pattern.text("String"))
        let known =
            regex.flatMap { PreTokenizer.Pattern($0) } ?? text.flatMap { PreTokenizer.Pattern(literal: $0) }
        guard let known else {
            throw unsupported(
                step,
                "its pre-tokenizer splits at '\(regex ?? "")', which cannot be matched here as it is there")
        }
        rules.rules.append(.split(known, keepsMatches: behavior == "Isolated"))
    }

    private mutating func addMetaspace(_ step: JSONMembers) throws(ModelFileError) {
        try step.refuse(except: ["type", "replacement", "prepend_scheme", "add_prefix_space", "split"])
        let (mark, prepends) = try Self.metaspace(step)
        rules.rules.append(
            .metaspace(mark, prepends: prepends, splits: try step.flag("split") ?? true))
    }

    /// The mark of a metaspace and where one is put before text, which older files say by `add_prefix_space`.
    private static func metaspace(
        _ step: JSONMembers
    ) throws(ModelFileError) -> (mark: Unicode.Scalar, prepends: PreTokenizer.Prepending) {
        let replacement = Array(try step.required("replacement", step.text("replacement")).unicodeScalars)
        let scheme = try step.text("prepend_scheme")
        guard replacement.count == 1, let prepends = PreTokenizer.Prepending(rawValue: scheme ?? "always")
        else {
            throw .unsupported(
                file: step.path,
                what:
                    "its Metaspace has the prepend_scheme '\(scheme ?? "always")'; always, first and never are done"
            )
        }
        if let adds = try step.flag("add_prefix_space"), adds != (prepends != .never) {
            throw .unsupported(
                file: step.path,
                what: "its Metaspace has add_prefix_space \(adds), and prepend_scheme '\(prepends)'")
        }
        return (replacement[0], prepends)
    }

    /// Text is decoded for people alone: what matters is whether the blank before it is taken away again.
    mutating func addDecoder(_ step: JSONMembers) throws(ModelFileError) {
        switch try kind(step) {
        case "ByteLevel", "ByteFallback", "Fuse": break
        case "Replace":
            try step.refuse(except: ["type", "pattern", "content"])
        case "Strip":
            try step.refuse(except: ["type", "content", "start", "stop"])
            guard try step.text("content") == " ", try step.whole("stop") ?? 0 == 0,
                let count = try step.whole("start"), (0...1).contains(count)
            else {
                throw unsupported(
                    step, "its decoder strips more than one blank before a text: that is not done here")
            }
            rules.stripsLeadingSpace = count == 1
        case "Metaspace":
            try step.refuse(except: ["type", "replacement", "prepend_scheme", "add_prefix_space", "split"])
            rules.stripsLeadingSpace = try Self.metaspace(step).prepends != .never
        case let other:
            throw unsupported(
                step,
                "its decoder '\(other)' is not done here; ByteLevel, ByteFallback, Fuse, Metaspace, Replace and Strip are"
            )
        }
    }
}
