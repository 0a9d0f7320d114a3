import Tensors

/// Reads config.json of a Llama or Mistral model key by key: each is honoured, or known to change nothing, or refused.
///
/// The meaning of a key, its default and what takes precedence are those of transformers 5 (LlamaConfig, MistralConfig,
/// RotaryEmbeddingConfigMixin). Where version 4 reads a file otherwise than version 5, the file is refused.
struct ConfigurationReader {
    let path: String
    private let file: JSONMembers
    private let isMistral: Bool

    init(_ path: String) throws(ModelFileError) {
        self.path = path
        file = try JSONMembers(file: path)
        let kind = try file.required("model_type", file.text("model_type"))
        guard kind == "llama" || kind == "mistral" else {
            throw .unsupported(
                file: path, what: "its model_type is '\(kind)'; llama and mistral are read here")
        }
        isMistral = kind == "mistral"
    }

    /// The shape that the file describes; refuses what is computed differently here.
    func configuration() throws(ModelFileError) -> DecoderConfiguration {
        try file.refuse(except: Self.honoured.union(Self.harmless), neutral: Self.isNeutral)
        if let activation = try file.text("hidden_act"), !["silu", "swish"].contains(activation) {
            throw file.unsupported("hidden_act", .string(activation), "silu is")
        }
        let heads = try size("num_attention_heads")
        let width = try size("hidden_size")
        guard heads > 0 else { throw .malformed(file: path, reason: "it has \(heads) attention heads") }
        let rotary = try RotaryReader(file)
        let window = try slidingWindow()
        try checkLayers(window)
        return DecoderConfiguration(
            vocabulary: try size("vocab_size"), width: width, layers: try size("num_hidden_layers"),
            heads: heads, keyValueHeads: try keyValueHeads(heads),
            headDimension: try file.whole("head_dim") ?? width / heads,
            feedForward: try size("intermediate_size"), rotaryBase: rotary.base,
            normEpsilon: Float(try file.number("rms_norm_eps") ?? 1e-6),
            tiedHead: try file.flag("tie_word_embeddings") ?? false, rotaryScaling: rotary.scaling,
            slidingWindow: window)
    }

    private func size(_ key: String) throws(ModelFileError) -> Int {
        try file.required(key, file.whole(key))
    }

    /// As many as heads where the key is null; where it is not there Mistral has 8.
    private func keyValueHeads(_ heads: Int) throws(ModelFileError) -> Int {
        if let count = try file.whole("num_key_value_heads") { return count }
        return isMistral && !file.has("num_key_value_heads") ? 8 : heads
    }

    /// Mistral's window: none where the key is null, 4,096 tokens where it is not there. Llama has no such key.
    private func slidingWindow() throws(ModelFileError) -> Int? {
        let window = try file.whole("sliding_window")
        guard isMistral else {
            guard let window else { return nil }
            throw file.unsupported("sliding_window", .integer(window), "it is a key of mistral, not of llama")
        }
        guard file.has("sliding_window") else { return 4096 }
        return window
    }

    /// All layers are of one kind here; `layer_types` may say so, and say nothing else.
    private func checkLayers(_ window: Int?) throws(ModelFileError) {
        guard let types = try file.list("layer_types") else { return }
        let kind = window == nil ? "full_attention" : "sliding_attention"
        guard types.allSatisfy({ $0.text == kind }) else {
            throw .unsupported(
                file: path, what: "its 'layer_types' are not all '\(kind)', which is what its layers are here"
            )
        }
    }
}

// MARK: Keys

extension ConfigurationReader {
    /// What the shape is read from.
    private static let honoured: Set<String> = [
        "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "vocab_size", "rms_norm_eps", "rope_theta", "rope_scaling",
        "rope_parameters", "partial_rotary_factor", "original_max_position_embeddings",
        "tie_word_embeddings", "sliding_window", "layer_types", "hidden_act",
    ]

    /// What changes no logit: names, versions, how a model is to be generated with, trained, stored or cut in parts.
    static let harmless: Set<String> = [
        "architectures", "auto_map", "transformers_version", "name_or_path", "_name_or_path",
        "_attn_implementation_autoset", "_commit_hash", "torch_dtype", "dtype", "use_cache",
        "initializer_range", "max_position_embeddings", "attention_dropout", "hidden_dropout",
        "resid_dropout", "hidden_dropout_prob", "attention_probs_dropout_prob",
        "embd_dropout", "classifier_dropout", "pretraining_tp", "gradient_checkpointing",
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id",
        "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens",
        "begin_suppress_tokens", "bad_words_ids", "prefix", "max_length", "min_length", "do_sample",
        "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k",
        "top_p",
        "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size", "num_return_sequences", "output_scores", "return_dict_in_generate",
        "remove_invalid_values", "exponential_decay_length_penalty", "output_hidden_states",
        "output_attentions", "return_dict", "finetuning_task", "task_specific_params", "problem_type",
        "id2label", "label2id", "num_labels", "tokenizer_class", "torchscript", "tf_legacy_loss",
        "use_bfloat16", "pruned_heads", "unsloth_version", "unsloth_fixed", "transformers.js_config",
    ]

    /// Keys of other models, which change nothing where they are false, 0 or 1.
    private static let falseIsNeutral: Set<String> = [
        "attention_bias", "mlp_bias", "use_bias", "qkv_bias", "attention_out_bias", "lm_head_bias",
        "use_sliding_window", "use_qk_norm", "qk_norm", "qk_layernorm", "parallel_attn",
        "use_parallel_residual", "alibi", "is_encoder_decoder", "add_cross_attention",
        "cross_attention_hidden_size", "tie_encoder_decoder", "tie_last_hidden_states", "rope_interleaved",
        "normalize_embedding", "use_mrope",
    ]
    private static let zeroIsNeutral: Set<String> = [
        "num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts", "chunk_size_feed_forward",
        "neftune_noise_alpha",
    ]
    private static let oneIsNeutral: Set<String> = [
        "embedding_multiplier", "embedding_scale", "residual_multiplier", "logits_scaling", "logit_scale",
        "rope_scaling_factor",
    ]

    private static func isNeutral(_ key: String, _ value: JSONText) -> Bool? {
        // transformers' is_decoder says nothing of a model that is nothing else.
        if key == "is_decoder" { return value.flag != nil }
        if falseIsNeutral.contains(key) { return value.flag == false }
        if zeroIsNeutral.contains(key) { return value.double == 0 }
        if oneIsNeutral.contains(key) { return value.double == 1 }
        return nil
    }
}

/// The rotary positions that a config.json describes, under the keys of any version of transformers.
private struct RotaryReader {
    let base: Double
    let scaling: RotaryScaling?

    init(_ file: JSONMembers) throws(ModelFileError) {
        // What was rope_scaling is rope_parameters since version 5, and holds rope_theta too.
        let (new, old) = (file["rope_parameters"], file["rope_scaling"])
        if let new, let old, !new.isSame(as: old) {
            throw .unsupported(
                file: file.path, what: "its 'rope_parameters' and 'rope_scaling' do not say the same")
        }
        let members = try file.object(new == nil ? "rope_scaling" : "rope_parameters")
        let (outer, inner) = (try file.number("rope_theta"), try members?.number("rope_theta"))
        if let outer, let inner, outer != inner {
            throw .unsupported(
                file: file.path,
                what: "its 'rope_theta' is \(outer), and \(inner) among the rotary parameters")
        }
        base = inner ?? outer ?? 10_000
        for part in [file, members].compactMap({ $0 }) {
            if let share = try part.number("partial_rotary_factor"), share != 1 {
                throw part.unsupported("partial_rotary_factor", .number(share), "all of a head is rotated")
            }
        }
        if let members { scaling = try Self.scaling(members, file) } else { scaling = nil }
    }

    private static func scaling(
        _ members: JSONMembers, _ file: JSONMembers
    ) throws(ModelFileError) -> RotaryScaling? {
        let (new, old) = (try members.text("rope_type"), try members.text("type"))
        if let new, let old, new != old {
            throw .unsupported(
                file: file.path, what: "its rotary positions are of type '\(old)' and of rope_type '\(new)'")
        }
        let common: Set = ["rope_type", "type", "rope_theta", "partial_rotary_factor"]
        let kind = new ?? old ?? "default"
        switch kind {
        case "default":
            try members.refuse(except: common) { key, value in key == "factor" ? value.double == 1 : nil }
            return nil
        case "linear":
            try members.refuse(except: common.union(["factor", "original_max_position_embeddings"]))
            return .linear(factor: try members.required("factor", members.number("factor")))
        case "llama3":
            let own = ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"]
            try members.refuse(except: common.union(own))
            return try llama3(members, file)
        default:
            throw .unsupported(
                file: file.path,
                what: "its rotary scaling is '\(kind)'; default, linear and llama3 are read here")
        }
    }

    private static func llama3(
        _ members: JSONMembers, _ file: JSONMembers
    ) throws(ModelFileError) -> RotaryScaling {
        let key = "original_max_position_embeddings"
        let (outer, inner) = (try file.number(key), try members.number(key))
        if let outer, let inner, outer != inner {
            throw .unsupported(
                file: file.path, what: "its '\(key)' is \(outer), and \(inner) among the rotary parameters")
        }
        let low = try members.required("low_freq_factor", members.number("low_freq_factor"))
        let high = try members.required("high_freq_factor", members.number("high_freq_factor"))
        let longest = try file.number("max_position_embeddings")
        let original = try members.required(key, inner ?? outer ?? longest)
        guard low > 0, high > low, original > 0 else {
            throw .malformed(
                file: file.path,
                reason: "its llama3 rotary scaling goes from \(low) to \(high) turns in \(original) positions"
            )
        }
        return .llama3(
            factor: try members.required("factor", members.number("factor")), low: low, high: high,
            originalPositions: original)
    }
}
