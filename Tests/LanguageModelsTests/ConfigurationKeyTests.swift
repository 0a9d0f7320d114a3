import Foundation
import Testing

@testable import LanguageModels

/// What keys of config.json do to a model: nothing, something, or its refusal by their names.
@Suite struct ConfigurationKeyTests {
    private static let rope = "\"rope_theta\": 5000.0,\n    \"rope_type\": \"default\""

    private func configuration(_ replacements: [[String]]) throws -> DecoderConfiguration {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        let text = try folder.text("config.json").editing(replacements)
        return try DecoderConfiguration(configFile: folder.write("config.json", text))
    }

    private func adding(_ member: String) -> [[String]] {
        [["{\n  \"attention", "{\n  \(member),\n  \"attention"]]
    }

    @Test(arguments: [
        "\"attention_bias\": true", "\"mlp_bias\": true", "\"use_bias\": true", "\"qkv_bias\": true",
        "\"partial_rotary_factor\": 0.5", "\"attn_logit_softcapping\": 50.0",
        "\"final_logit_softcapping\": 30.0",
        "\"logit_scale\": 0.0625", "\"attention_multiplier\": 0.5", "\"query_pre_attn_scalar\": 144",
        "\"embedding_multiplier\": 12.0", "\"residual_multiplier\": 0.22", "\"logits_scaling\": 8.0",
        "\"embedding_scale\": 4", "\"num_experts\": 8", "\"num_local_experts\": 8",
        "\"num_experts_per_tok\": 2",
        "\"norm_type\": \"layernorm\"", "\"layer_norm_eps\": 1e-5", "\"use_qk_norm\": true",
        "\"alibi\": true",
        "\"use_parallel_residual\": true", "\"parallel_attn\": true", "\"is_encoder_decoder\": true",
        "\"quantization_config\": {\"quant_method\": \"gptq\"}", "\"rope_interleaved\": true",
        "\"layer_types\": [\"full_attention\", \"sliding_attention\"]", "\"no_rope_layers\": [1, 0]",
        "\"sliding_window_pattern\": 2", "\"per_layer_config\": {\"0\": {\"head_dim\": 4}}",
        "\"rope_theta\": 10000.0", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}",
        "\"hidden_activation\": \"gelu\"", "\"moe_intermediate_size\": 24", "\"mup_scale\": 3",
    ])
    func whatIsComputedOtherwiseIsRefused(member: String) throws {
        let error = #expect(throws: ModelFileError.self) { try configuration(adding(member)) }
        let key = member.split(separator: "\"")[0]
        #expect("\(try #require(error))".contains("'\(key)'"), "\(String(describing: error))")
    }

    @Test(arguments: [
        "\"attention_bias\": false", "\"mlp_bias\": false", "\"num_experts\": 0", "\"logits_scaling\": 1",
        "\"partial_rotary_factor\": 1.0", "\"torch_dtype\": \"bfloat16\"",
        "\"architectures\": [\"MistralForCausalLM\"]",
        "\"rope_theta\": 5000.0", "\"rope_scaling\": null", "\"attn_logit_softcapping\": null",
        "\"use_bias\": false",
        "\"temperature\": 0.6", "\"pretraining_tp\": 1", "\"quantization_config\": null",
        "\"is_decoder\": true",
        "\"layer_types\": [\"sliding_attention\", \"sliding_attention\"]",
        "\"original_max_position_embeddings\": 8192",
        "\"_name_or_path\": \"x\"", "\"unsloth_version\": \"1\"", "\"num_hidden_layer\\u0073\": 2",
    ])
    func whatChangesNothingIsRead(member: String) throws {
        // The last says what the file says already, and says it twice.
        let isTwice = member.contains("num_hidden_layer")
        if isTwice {
            let error = #expect(throws: ModelFileError.self) { try configuration(adding(member)) }
            #expect("\(try #require(error))".contains("stands twice"))
        } else {
            #expect(try configuration(adding(member)) == configuration([]))
        }
    }

    @Test(arguments: [
        "\"rope_type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 2048",
        "\"rope_type\": \"dynamic\", \"factor\": 4.0", "\"type\": \"dynamic\", \"factor\": 4.0",
        "\"rope_type\": \"longrope\", \"short_factor\": [1], \"long_factor\": [1], \"factor\": 1",
        "\"rope_type\": \"su\"", "\"rope_type\": \"proportional\"", "\"rope_type\": \"linear\"",
        "\"factor\": 4.0",
        "\"rope_type\": \"linear\", \"type\": \"yarn\", \"factor\": 4.0",
        "\"rope_type\": \"linear\", \"factor\": 4.0, \"attention_factor\": 0.5",
        "\"rope_type\": \"linear\", \"factor\": 0", "\"rope_type\": \"linear\", \"factor\": -2",
        "\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0",
        "\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 4, \"high_freq_factor\": 4",
        "\"rope_type\": \"default\", \"partial_rotary_factor\": 0.25",
        "\"rope_type\": \"default\", \"mrope_section\": [1]",
        "\"full_attention\": {\"rope_type\": \"default\"}", "\"rope_type\": 3",
    ])
    func otherRotationsAreRefused(members: String) {
        #expect(throws: ModelFileError.self) {
            try configuration([[Self.rope, "\"rope_theta\": 5000.0, \(members)"]])
        }
    }

    @Test(arguments: [
        ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "gelu"),
        ("\"model_type\": \"mistral\"", "\"model_type\": \"qwen2\"", "qwen2"),
        ("\"model_type\": \"mistral\"", "\"model_type\": \"llama\"", "sliding_window"),
        ("\"hidden_size\": 16", "\"hidden_size\": 16.5", "hidden_size"),
        ("\"hidden_size\": 16", "\"hidden_size\": \"16\"", "hidden_size"),
        ("\"hidden_size\": 16", "\"hidden_size\": 9223372036854775808", "hidden_size"),
        ("\"hidden_size\": 16", "\"hidden_size\": 18446744073709551616", "hidden_size"),
        ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "heads"),
        ("\"num_attention_heads\": 4,", "", "num_attention_heads"),
        ("\"sliding_window\": 5", "\"sliding_window\": 0", "window"),
        ("\"sliding_window\": 5", "\"sliding_window\": \"5\"", "sliding_window"),
        ("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": 1e999", "1e999"),
        ("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": NaN", "line"),
        ("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": 0", "tie_word_embeddings"),
        ("\"vocab_size\": 400", "\"vocab_size\": 400,", "line"),
    ])
    func whatIsWrongIsSaid(old: String, new: String, says: String) throws {
        let error = #expect(throws: ModelFileError.self) { try configuration([[old, new]]) }
        #expect("\(try #require(error))".contains(says), "\(String(describing: error))")
    }

    /// As transformers' MistralConfig has it: 8 where the key is not there, as many as heads where it is null.
    @Test func defaultsAreThoseOfTransformers() throws {
        let key = "\"num_key_value_heads\": 2"
        #expect(try configuration([[key, "\"num_key_value_heads\": null"]]).keyValueHeads == 4)
        let wide = [["\"num_attention_heads\": 4", "\"num_attention_heads\": 16"], [key + ",", ""]]
        #expect(try configuration(wide).keyValueHeads == 8)
        #expect(try configuration([["\"head_dim\": 8", "\"head_dim\": null"]]).headDimension == 4)
        #expect(try configuration([["\"tie_word_embeddings\": false,", ""]]).tiedHead == false)
    }

    /// A byte-order mark, carriage returns, and UTF-16.
    @Test func textMayComeFromAnyEditor() throws {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        let (text, expected) = (try folder.text("config.json"), try configuration([]))
        for edited in [
            "\u{FEFF}" + text, text.replacing("\n", with: "\r\n"),
            "\u{FEFF}" + text.replacing("\n", with: "\r"),
        ] {
            #expect(try DecoderConfiguration(configFile: folder.write("config.json", edited)) == expected)
        }
        let wide = try #require(text.data(using: .utf16))
        let path = try folder.write("config.json", wide)
        let error = #expect(throws: ModelFileError.self) { try DecoderConfiguration(configFile: path) }
        #expect("\(try #require(error))".contains("UTF-16"))
    }

    /// A model's identity is that of its files, so a link to its folder must show them.
    @Test func aLinkToAFolderHasTheFoldersFiles() throws {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        let link = folder.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.url.path)
        let names = try PretrainedModel.files(link).map(\.lastPathComponent)
        #expect(names.contains("config.json") && names.contains { $0.hasSuffix(".safetensors") })
        #expect(try PretrainedModel.files(folder.url.path).map(\.lastPathComponent) == names)
    }

    @Test func pipesAndFoldersAreNoModelFiles() throws {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        let pipe = folder.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for (path, says) in [
            (pipe, "pipe"), (folder.url.path, "folder"), (folder.path("nowhere"), "No such file"),
        ] {
            let error = #expect(throws: ModelFileError.self) { try MappedFile(path) }
            #expect("\(try #require(error))".contains(says))
        }
    }
}
