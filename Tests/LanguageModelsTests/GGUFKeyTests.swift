import Foundation
import Tensors
import Testing

@testable import LanguageModels

/// What keys and tensors of a GGUF file do to a model: nothing, something, or its refusal by their names.
@Suite struct GGUFKeyTests {
    typealias Value = GGUFFile.Value

    private func builder() throws -> GGUFBuilder {
        try GGUFBuilder(contentsOf: PretrainedModelTests.path("tiny-llama.gguf"))
    }

    /// The model of an edited tiny-llama.gguf.
    private func model(_ edit: (inout GGUFBuilder) throws -> Void) throws -> PretrainedModel {
        var builder = try builder()
        try edit(&builder)
        let folder = try TemporaryFolder()
        // The file is mapped: it may go once it is open.
        defer { withExtendedLifetime(folder) {} }
        return try PretrainedModel(folder.write("m.gguf", builder.data()))
    }

    private func logits(_ model: PretrainedModel) throws -> [Float] {
        let decoder = Decoder(try model.parameters(), workers: WorkerPool(threads: 1))
        let ids: [Int32] = [1, 20, 31, 47, 5, 300, 301, 8]
        let batch = PackedBatch([PackedSequence(prompt: ids)])
        return decoder.logits(batch, rows: [batch.row(sequence: 0, place: ids.count - 1)])
    }

    private func refusal(_ edit: (inout GGUFBuilder) throws -> Void) throws -> String {
        let error = #expect(throws: ModelFileError.self) { try model(edit) }
        return "\(try #require(error))"
    }

    @Test func aRewrittenFileIsTheSameModel() throws {
        let original = try PretrainedModel(PretrainedModelTests.path("tiny-llama.gguf"))
        let again = try model { _ in }
        #expect(again.configuration == original.configuration)
        #expect(try logits(again) == logits(original))
    }

    @Test(
        arguments: [
            ("llama.rope.scaling.type", .text("yarn")), ("llama.rope.scaling.type", .text("longrope")),
            ("llama.rope.dimension_count", .integer(2)),
            ("llama.rope.scaling.attn_factor", .number(0.5)),
            ("llama.rope.dimension_sections", .integers([1, 1])),
            ("llama.attention.scale", .number(0.1)), ("llama.attention.value_length", .integer(8)),
            ("llama.attention.causal", .flag(false)), ("llama.attention.clamp_kqv", .number(8)),
            ("llama.attention.max_alibi_bias", .number(8)), ("llama.expert_count", .integer(8)),
            ("llama.logit_scale", .number(0.5)), ("llama.embedding_scale", .number(2)),
            ("llama.residual_scale", .number(2)), ("llama.attn_logit_softcapping", .number(50)),
            ("llama.final_logit_softcapping", .number(30)), ("llama.use_parallel_residual", .flag(true)),
            ("llama.vocab_size", .integer(9)), ("llama.feed_forward_length", .integers([24, 48])),
            ("llama.attention.head_count", .integers([4, 2])), ("llama.pooling_type", .integer(1)),
            ("llama.attention.layer_norm_epsilon", .number(1e-5)), ("llama.something.new", .flag(false)),
            ("mistral.block_count", .integer(2)), ("general.architecture", .text("qwen2")),
            ("general.type", .text("adapter")), ("adapter.type", .text("lora")),
            ("general.quantization_version", .integer(1)), ("tokenizer.ggml.model", .text("llama")),
            ("tokenizer.ggml.pre", .text("llama-bpe")), ("tokenizer.ggml.pre", .text("default")),
            ("tokenizer.ggml.add_eos_token", .flag(true)), ("tokenizer.ggml.add_space_prefix", .flag(true)),
            ("tokenizer.ggml.remove_extra_whitespaces", .flag(true)),
            ("tokenizer.ggml.add_sep_token", .flag(true)),
            ("tokenizer.ggml.precompiled_charsmap", .integers([1])), ("tokenizer.ggml.new", .integer(0)),
        ] as [(String, Value)])
    func whatIsComputedOtherwiseIsRefused(key: String, value: Value) throws {
        let said = try refusal { $0[key] = value }
        #expect(
            said.contains(key.split(separator: ".").last ?? "") || said.contains(value.summary), "\(said)")
        #expect(!said.contains("damaged"), "\(said)")
    }

    @Test(
        arguments: [
            ("general.name", .text("x")), ("general.file_type", .integer(7)),
            ("general.quantization_version", .integer(2)),
            ("general.type", .text("model")), ("llama.context_length", .integer(8)),
            ("llama.vocab_size", .integer(440)),
            ("llama.rope.dimension_count", .integer(4)), ("llama.attention.key_length", .integer(4)),
            ("llama.attention.value_length", .integer(4)), ("llama.rope.scaling.type", .text("none")),
            ("llama.rope.scaling.factor", .number(1)), ("llama.rope.scale_linear", .number(0)),
            ("llama.expert_count", .integer(0)), ("llama.logit_scale", .number(1)),
            ("llama.attention.causal", .flag(true)),
            ("llama.attention.scale", .number(0.5)), ("llama.attention.head_count", .integers([4, 4])),
            ("llama.attention.head_count_kv", .integers([2, 2])),
            ("tokenizer.chat_template", .text("{{ x }}")),
            ("tokenizer.ggml.bos_token_id", .integer(1)), ("tokenizer.ggml.eos_token_id", .integer(2)),
            ("tokenizer.ggml.add_bos_token", .flag(false)), ("tokenizer.ggml.add_space_prefix", .flag(false)),
            ("quantize.imatrix.file", .text("x")),
        ] as [(String, Value)])
    func whatChangesNothingIsRead(key: String, value: Value) throws {
        let edited = try model { $0[key] = value }
        #expect(try edited.configuration == builder().configuration())
        #expect(try logits(edited) == logits(model { _ in }))
    }

    @Test func whatIsHonouredChangesTheShape() throws {
        func configuration(_ key: String, _ value: Value) throws -> DecoderConfiguration {
            try model { $0[key] = value }.configuration
        }
        #expect(try configuration("llama.rope.freq_base", .number(500)).rotaryBase == 500)
        #expect(try configuration("llama.rope.scale_linear", .number(4)).rotaryScaling == .linear(factor: 4))
        #expect(
            try configuration("llama.rope.scaling.factor", .number(4)).rotaryScaling == .linear(factor: 4))
        #expect(try configuration("llama.attention.sliding_window", .integer(3)).slidingWindow == 3)
        #expect(
            try configuration("llama.attention.layer_norm_rms_epsilon", .number(0.01)).normEpsilon == 0.01)
        #expect(
            try refusal {
                $0["llama.rope.scale_linear"] = .number(2); $0["llama.rope.scaling.factor"] = .number(4)
            }
            .contains("rope.scale_linear"))
        let begins = try model {
            $0["tokenizer.ggml.add_bos_token"] = .flag(true)
            $0["tokenizer.ggml.bos_token_id"] = .integer(1)
        }
        #expect(begins.tokenizer.beginToken == 1)
    }

    @Test(arguments: [
        "llama.block_count", "llama.embedding_length", "llama.feed_forward_length",
        "llama.attention.head_count",
        "llama.attention.layer_norm_rms_epsilon", "tokenizer.ggml.tokens", "tokenizer.ggml.pre",
        "general.architecture",
    ])
    func whatIsNotThereIsNamed(key: String) throws {
        #expect(try refusal { $0[key] = nil }.contains("has no '\(key)'"))
    }

    // MARK: Tensors

    @Test(arguments: ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_up"])
    func biasesAreRefused(part: String) throws {
        let name = "blk.1.\(part).bias"
        let said = try refusal { $0.tensors.append(.floats(name, [16], [Float](repeating: 0.1, count: 16))) }
        #expect(said.contains("'\(name)'") && said.contains("bias"), "\(said)")
    }

    @Test(arguments: [
        "blk.0.attn_q_norm.weight", "blk.0.ffn_gate_exps.weight", "position_embd.weight", "cls.weight",
    ])
    func tensorsThatNobodyReadsAreRefused(name: String) throws {
        #expect(
            try refusal { $0.tensors.append(.floats(name, [16], [Float](repeating: 1, count: 16))) }
                .contains("'\(name)'"))
    }

    @Test func aBufferOfWholeNumbersIsNoReasonToRefuse() throws {
        let edited = try model {
            $0.tensors.append(.init(name: "position_ids", type: 27, shape: [4], bytes: Data(count: 32)))
        }
        #expect(try logits(edited) == logits(model { _ in }))
    }

    @Test func rotationFactorsAreReadWhereTheyAreOnes() throws {
        func factors(_ values: [Float]) -> (inout GGUFBuilder) -> Void {
            { $0.tensors.append(.floats("rope_freqs.weight", [values.count], values)) }
        }
        #expect(try logits(model(factors([1, 1]))) == logits(model { _ in }))
        #expect(try refusal(factors([1, 8])).contains("'rope_freqs.weight'"))
    }

    @Test func aHeadOfItsOwnIsRead() throws {
        let own = try model { builder in
            var head = builder.tensors[0]
            #expect(head.name == "token_embd.weight")
            head.name = "output.weight"
            builder.tensors.append(head)
        }
        #expect(!own.configuration.tiedHead)
        #expect(try logits(own) == logits(model { _ in }))
    }

    /// Q5_0 (6) is a format of ggml that is not read here.
    @Test func formatsThatAreNotReadAreNamed() throws {
        let said = try refusal { builder in
            let index = try #require(builder.tensors.firstIndex { $0.name == "blk.0.ffn_up.weight" })
            builder.tensors[index].type = 6
        }
        #expect(said.contains("'blk.0.ffn_up.weight'") && said.contains("6"), "\(said)")
    }

    // MARK: Split files

    /// Two parts of tiny-llama.gguf, as llama.cpp's gguf-split makes them.
    private func split(_ edit: (inout GGUFBuilder, inout GGUFBuilder) -> Void = { _, _ in }) throws
        -> TemporaryFolder
    {
        var first = try builder()
        var second = first
        second.metadata = []
        second.tensors = Array(first.tensors[10...])
        first.tensors = Array(first.tensors[..<10])
        first["split.no"] = .integer(0)
        second["split.no"] = .integer(1)
        first["split.count"] = .integer(2)
        second["split.count"] = .integer(2)
        first["split.tensors.count"] = .integer(20)
        second["split.tensors.count"] = .integer(20)
        edit(&first, &second)
        let folder = try TemporaryFolder()
        try folder.write("m-00001-of-00002.gguf", first.data())
        try folder.write("m-00002-of-00002.gguf", second.data())
        return folder
    }

    @Test func aSplitFileIsReadByItsFirstPart() throws {
        let folder = try split()
        let whole = try PretrainedModel(folder.path("m-00001-of-00002.gguf"))
        #expect(try logits(whole) == logits(model { _ in }))
        #expect(try PretrainedModel.files(folder.path("m-00001-of-00002.gguf")).count == 2)
        let error = #expect(throws: ModelFileError.self) {
            try PretrainedModel(folder.path("m-00002-of-00002.gguf"))
        }
        #expect(
            "\(try #require(error))".contains("give its first part, \(folder.path("m-00001-of-00002.gguf"))"))
    }

    /// Whether the head is the embedding is told by all parts; llama.cpp puts `output.weight` wherever it comes.
    @Test(arguments: [false, true]) func anUntiedHeadMayLieInAnyPart(isInFirst: Bool) throws {
        var whole = try builder()
        let embedding = try #require(whole.tensors.first { $0.name == "token_embd.weight" })
        var head = embedding
        head.name = "output.weight"
        head.bytes = embedding.bytes.withUnsafeBytes { bytes in
            bytes.bindMemory(to: Float.self).map { -2 * $0 }.withUnsafeBytes { Data($0) }
        }
        whole.tensors.append(head)
        let parts = try split { first, second in
            if isInFirst { first.tensors.append(head) } else { second.tensors.append(head) }
            first["split.tensors.count"] = .integer(21)
            second["split.tensors.count"] = .integer(21)
        }
        let folder = try TemporaryFolder()
        try folder.write("whole.gguf", whole.data())
        let one = try PretrainedModel(folder.path("whole.gguf"))
        let two = try PretrainedModel(parts.path("m-00001-of-00002.gguf"))
        #expect(!two.configuration.tiedHead && two.configuration == one.configuration)
        #expect(try logits(two) == logits(one))
        #expect(try logits(two) != logits(model { _ in }))
    }

    /// The same of the embedding, whose rows are the vocabulary.
    @Test func theEmbeddingMayLieInAnyPart() throws {
        let parts = try split { first, second in
            let moved = first.tensors.filter { $0.name == "token_embd.weight" }
            first.tensors.removeAll { $0.name == "token_embd.weight" }
            second.tensors += moved
        }
        #expect(try logits(PretrainedModel(parts.path("m-00001-of-00002.gguf"))) == logits(model { _ in }))
    }

    @Test func partsThatDoNotBelongTogetherAreRefused() throws {
        func refusal(_ folder: TemporaryFolder, _ name: String = "m-00001-of-00002.gguf") throws -> String {
            let error = #expect(throws: ModelFileError.self) { try PretrainedModel(folder.path(name)) }
            return "\(try #require(error))"
        }
        let alone = try split()
        try FileManager.default.removeItem(atPath: alone.path("m-00002-of-00002.gguf"))
        #expect(try refusal(alone).contains("m-00002-of-00002.gguf: No such file"))
        #expect(try refusal(split { $1["split.no"] = .integer(0) }).contains("not part 2"))
        #expect(try refusal(split { $1["split.count"] = .integer(3) }).contains("not part 2"))
        #expect(try refusal(split { $1.tensors.append($0.tensors[0]) }).contains("too"))
        #expect(try refusal(split { $1.tensors.removeLast() }).contains("19 tensors"))
        let renamed = try split()
        try FileManager.default.moveItem(
            atPath: renamed.path("m-00001-of-00002.gguf"), toPath: renamed.path("model.gguf"))
        #expect(try refusal(renamed, "model.gguf").contains("-of-00002.gguf"))
    }

    // MARK: Layout

    /// Tensors that overlap, or lie where no alignment puts them, are a damaged file.
    @Test func overlappingTensorsAreRefused() throws {
        let data = try builder().data()
        let name = Data("output_norm.weight".utf8)
        let place = try #require(data.range(of: name)).upperBound + 4 + 8 + 4
        for offset in [UInt64(0), 8, 1 << 40] {
            var edited = data
            withUnsafeBytes(of: offset.littleEndian) { edited.replaceSubrange(place..<(place + 8), with: $0) }
            let folder = try TemporaryFolder()
            let path = try folder.write("m.gguf", edited)
            let error = #expect(throws: ModelFileError.self) { try PretrainedModel(path) }
            #expect("\(try #require(error))".contains("damaged"))
        }
    }
}

extension GGUFBuilder {
    fileprivate func configuration() throws -> DecoderConfiguration {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return try DecoderConfiguration(GGUFModel(folder.write("m.gguf", data())))
    }
}
