extension DecoderConfiguration {
    /// The shape that a config.json of a Llama or Mistral model describes.
    init(configFile path: String) throws(ModelFileError) {
        self = try ConfigurationReader(path).configuration()
        try validate(path)
    }

    /// Refuses sizes that no model has, before anything is allocated for them.
    func validate(_ path: String) throws(ModelFileError) {
        func require(_ ok: Bool, _ what: @autoclosure () -> String) throws(ModelFileError) {
            guard ok else { throw .malformed(file: path, reason: what()) }
        }
        try require((1...4_000_000).contains(vocabulary), "its vocabulary has \(vocabulary) tokens")
        try require((1...65_536).contains(width), "its width is \(width)")
        try require((1...1_000).contains(layers), "it has \(layers) layers")
        try require((1...1_000).contains(heads), "it has \(heads) attention heads")
        try require(
            (1...heads).contains(keyValueHeads) && heads % keyValueHeads == 0,
            "\(keyValueHeads) key and value heads cannot serve \(heads) heads")
        try require(
            (2...1_024).contains(headDimension) && headDimension % 2 == 0,
            "its head dimension is \(headDimension)")
        try require((1...1_000_000).contains(feedForward), "its feed-forward width is \(feedForward)")
        try require(rotaryBase > 1 && rotaryBase.isFinite, "its rotary base is \(rotaryBase)")
        try require(normEpsilon > 0 && normEpsilon < 1, "its norm's epsilon is \(normEpsilon)")
        switch rotaryScaling {
        case .linear(let factor)?, .llama3(let factor, _, _, _)?:
            try require(factor > 0 && factor.isFinite, "its rotary scaling factor is \(factor)")
        case nil: break
        }
        try require((slidingWindow ?? 1) >= 1, "its sliding window is \(slidingWindow ?? 0)")
    }
}
