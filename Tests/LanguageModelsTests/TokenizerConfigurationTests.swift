import Foundation
import Testing

@testable import LanguageModels

/// tokenizer_config.json beside tokenizer.json: what transformers would do otherwise after it is refused by its name.
@Suite struct TokenizerConfigurationTests {
    private func open(_ members: String) throws -> PretrainedModel {
        let folder = try TemporaryFolder(copying: "tiny-mistral")
        defer { withExtendedLifetime(folder) {} }
        try folder.write("tokenizer_config.json", "{\(members)}")
        return try PretrainedModel(folder.url.path)
    }

    @Test(arguments: [
        "", "\"add_bos_token\": true", "\"add_eos_token\": false, \"add_prefix_space\": true",
        "\"bos_token\": \"<s>\", \"eos_token\": {\"__type\": \"AddedToken\", \"content\": \"</s>\", \"lstrip\": false}",
        "\"pad_token\": null, \"unk_token\": \"<unk>\", \"additional_special_tokens\": [\"[INST]\", \"[/INST]\"]",
        "\"extra_special_tokens\": {}, \"model_max_length\": 1000000000000000019884624838656, \"legacy\": false",
        "\"clean_up_tokenization_spaces\": true, \"tokenizer_class\": \"LlamaTokenizer\", \"chat_template\": \"{{ x }}\"",
        "\"added_tokens_decoder\": {\"3\": {\"content\": \"[INST]\", \"normalized\": false, \"special\": true}}",
        "\"do_lower_case\": false, \"split_special_tokens\": false",
    ])
    func whatChangesNothingIsRead(members: String) throws {
        let plain = try PretrainedModel(PretrainedModelTests.path("tiny-mistral"))
        let text = "<s>[INST] deer.n.01[/INST]"
        #expect(try open(members).tokenizer.encode(text) == plain.tokenizer.encode(text))
    }

    @Test(arguments: [
        ("\"add_bos_token\": false", "add_bos_token"), ("\"add_eos_token\": true", "add_eos_token"),
        ("\"add_prefix_space\": false", "add_prefix_space"), ("\"pad_token\": \"[PAD]\"", "[PAD]"),
        // A token of the vocabulary that is no added token would be sought in texts.
        ("\"mask_token\": \"<0x41>\"", "mask_token"),
        ("\"additional_special_tokens\": [\"deer\"]", "additional_special_tokens"),
        ("\"extra_special_tokens\": {\"image_token\": \"<image>\"}", "<image>"),
        ("\"added_tokens_decoder\": {\"400\": {\"content\": \"[PAD]\"}}", "[PAD]"),
        ("\"added_tokens_decoder\": {\"4\": {\"content\": \"[INST]\"}}", "[INST]"),
        ("\"added_tokens_decoder\": {\"3\": {\"content\": \"[INST]\", \"rstrip\": true}}", "rstrip"),
        ("\"added_tokens_decoder\": {\"3\": {\"content\": \"[INST]\", \"prefix\": true}}", "prefix"),
        ("\"do_lower_case\": true", "do_lower_case"),
        ("\"split_special_tokens\": true", "split_special_tokens"),
        ("\"from_slow\": true", "from_slow"), ("\"something_new\": 1", "something_new"),
        ("\"add_bos_token\": 1", "add_bos_token"),
        ("\"add_bos_token\": true, \"add_bos_token\": true", "twice"),
    ])
    func whatWouldChangeTokensIsRefused(members: String, says: String) throws {
        let error = #expect(throws: ModelFileError.self) { try open(members) }
        #expect("\(try #require(error))".contains(says), "\(String(describing: error))")
    }
}
