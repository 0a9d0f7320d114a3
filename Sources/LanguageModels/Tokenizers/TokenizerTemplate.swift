/// What a tokenizer.json's post-processor puts around a text that a model reads on its own.
struct TokenizerTemplate {
    /// The token before the text; nil where none stands there.
    let beginToken: Int32?

    /// - Throws: `ModelFileError.unsupported` for anything but one token before the text.
    init(_ file: JSONMembers) throws(ModelFileError) {
        var begin: Int32?
        for step in try TokenizerSteps(file, "post_processor", members: "processors").steps {
            switch try step.required("type", step.text("type")) {
            // It moves the offsets of tokens, which nobody asks for here.
            case "ByteLevel": continue
            case "TemplateProcessing":
                guard begin == nil else {
                    throw .unsupported(file: file.path, what: "its post-processor has two templates")
                }
                begin = try Self.beginToken(step)
            case let other:
                throw .unsupported(
                    file: file.path,
                    what:
                        "its post-processor '\(other)' is not done here; TemplateProcessing and ByteLevel are"
                )
            }
        }
        beginToken = begin
    }

    private static func beginToken(_ step: JSONMembers) throws(ModelFileError) -> Int32? {
        // The template for two texts is for those who encode two at once.
        try step.refuse(except: ["type", "single", "pair", "special_tokens"])
        var pieces = try step.required("single", step.list("single"))
        guard let last = pieces.popLast(), last["Sequence"]?["id"]?.text == "A", pieces.count <= 1 else {
            throw .unsupported(
                file: step.path,
                what: "its post-processor puts more than one token around a text; one before it is done here")
        }
        guard let piece = pieces.first else { return nil }
        guard let name = piece["SpecialToken"]?["id"]?.text,
            let ids = try step.object("special_tokens")?.object(name)?.list("ids"), ids.count == 1,
            let id = ids[0].whole.flatMap(Int32.init(exactly:)), id >= 0
        else {
            throw .malformed(file: step.path, reason: "its post-processor's token has no one id")
        }
        return id
    }
}
