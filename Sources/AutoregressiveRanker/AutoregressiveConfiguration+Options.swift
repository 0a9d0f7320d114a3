import LanguageModels
import Options
import Rankers

/// The declarations of all options.
extension AutoregressiveConfiguration {
    public static var options: [OptionDeclaration<Self>] {
        startOptions + decoderOptions + baseOptions + lossOptions + optimizerOptions + trainingOptions
    }

    private static var startOptions: [OptionDeclaration<Self>] {
        [
            .optionalName(
                "pretrained", "a model's name, file or folder, or empty", \.pretrained,
                "The pretrained model to start from; empty trains a compact decoder here."),
            .word(
                "prompt", \.prompt,
                "How a pretrained model is asked: with the style's instruction, or with the question alone."
            ).leftOutAtDefault(),
            .integer(
                "tuning.lastLayers", in: 0...1_000, \.tuning.lastLayers,
                "How many of a pretrained model's layers learn, counted from the last; 0 lets everything learn."
            ).leftOutAtDefault(),
            .integer(
                "tuning.adapterRank", in: 0...4_096, \.tuning.adapterRank,
                "The rank of adapters that learn in the place of those layers' matrices (LoRA); 0 adds none."
            ).leftOutAtDefault(),
            .number(
                "tuning.adapterAlpha", .above(0, atMost: 10_000), \.tuning.adapterAlpha,
                "An adapter's product is multiplied by this over its rank."
            ).leftOutAtDefault(),
            .word(
                "tuning.frozenStorage", \.tuning.frozenStorage,
                "How the matrices that do not learn lie in memory; bfloat16 takes half the room."
            ).leftOutAtDefault(),
        ]
    }

    private static var decoderOptions: [OptionDeclaration<Self>] {
        [
            .integer(
                "decoder.vocabulary", in: 260...1_000_000, \.decoder.vocabulary,
                "The number of token ids; a pretrained model brings its own shape, in all of the decoder's options."
            ),
            .integer("decoder.width", in: 1...65_536, \.decoder.width, "The width of the residual stream."),
            .integer("decoder.layers", in: 1...1_000, \.decoder.layers, "The number of layers."),
            .integer("decoder.heads", in: 1...1_000, \.decoder.heads, "The number of query heads."),
            .integer(
                "decoder.keyValueHeads", in: 1...1_000, \.decoder.keyValueHeads,
                "The number of key and value heads, a divisor of the query heads'."),
            .integer(
                "decoder.headDimension", in: 1...1_024, \.decoder.headDimension,
                "The width of a head, an even number."),
            .integer(
                "decoder.feedForward", in: 1...1_000_000, \.decoder.feedForward,
                "The inner width of the feed-forward block."),
            .number("decoder.rotaryBase", .above(1), \.decoder.rotaryBase, "theta of the rotary positions."),
            .number(
                "decoder.normEpsilon", .above(0, below: 1), "What the norms add to the mean square.",
                // The shortest text of the float, so that 1e-5 is 1e-5.
                get: { Double("\($0.decoder.normEpsilon)") ?? 0 }, set: { $0.decoder.normEpsilon = Float($1) }
            ),
            .flag("decoder.tiedHead", \.decoder.tiedHead, "Whether the output head is the embedding table."),
        ]
    }

    private static var baseOptions: [OptionDeclaration<Self>] {
        let whenTrained = "base.steps is above 0 and pretrained is empty"
        return [
            .integer(
                "base.steps", in: 0...AutoregressiveTrainer.mostSteps, \.base.steps,
                "Steps of the base model that all rows of a table start from; 0 starts each from random weights."
            ).when("pretrained is empty") { $0.pretrained == nil },
            .integer(
                "base.queriesPerBatch", in: 1...65_536, \.base.queriesPerBatch,
                "Queries in a minibatch of the base."
            ).when(whenTrained) { $0.trainsBase },
            .number(
                "base.learningRate", .above(0, atMost: 10), \.base.learningRate,
                "The peak learning rate of the base."
            ).when(whenTrained) { $0.trainsBase },
            .number(
                "base.promptWeight", .atLeast(0), \.base.promptWeight,
                "The weight of a prompt's token in the base's loss; a document's token weighs 1."
            ).when(whenTrained) { $0.trainsBase },
            .seed("base.seed", \.base.seed, "The seed of everything that the base's training draws.")
                .when(whenTrained) { $0.trainsBase },
        ]
    }

    private var trainsBase: Bool { pretrained == nil && base.steps > 0 }

    private static var lossOptions: [OptionDeclaration<Self>] {
        [
            .word(
                "loss.kind", \.loss.kind,
                "Which loss is minimised: weighted cross entropies of docIDs' tokens (stoical, equation 11), or the cross entropy between "
                    + "documents' scores and their ranks (listnet)."
            ).leftOutAtDefault()
        ] + RankWeighting.options("loss.", \.loss.weighting) + [
            .word(
                "loss.targets", \.loss.targets,
                "What a document's token is taught: its own next token (onehot), or a distribution over the next tokens of "
                    + "all documents of its rank or a later one that share its prefix (trie)."
            ).flag("targets").when("loss.kind is stoical") { $0.loss.kind == .stoical },
            .number(
                "loss.beta", .in(0...100), \.loss.beta,
                "A document of rank r has mass 1/r^beta in the trie's distribution."
            ).flag("beta").when("loss.kind is stoical and loss.targets is trie") {
                $0.loss.kind == .stoical && $0.loss.targets == .trie
            },
        ]
    }

    private static var optimizerOptions: [OptionDeclaration<Self>] {
        [
            .word("optimizer.kind", \.optimizer.kind, "The optimiser.").flag("optimizer"),
            .number(
                "optimizer.learningRate", .above(0, atMost: 10), \.optimizer.learningRate,
                "The peak learning rate, reached after the warm-up."
            ).flag("learning-rate"),
            .integer(
                "optimizer.warmupSteps", in: 0...1_000_000_000, \.optimizer.warmupSteps,
                "Steps over which the learning rate grows from 0 to its peak."),
            .number(
                "optimizer.finalShare", .in(0...1), \.optimizer.finalShare,
                "The cosine decay ends at this share of the peak learning rate."),
            .number("optimizer.beta1", .in(0..<1), \.optimizer.beta1, "The decay of the first moment."),
            .number("optimizer.beta2", .in(0..<1), \.optimizer.beta2, "The decay of the second moment.")
                .when("optimizer.kind is adamw") { $0.optimizer.kind == .adamw },
            .number(
                "optimizer.epsilon", .above(0, below: 1), \.optimizer.epsilon,
                "What AdamW's denominator has added."
            ).when("optimizer.kind is adamw") { $0.optimizer.kind == .adamw },
            .number(
                "optimizer.weightDecay", .in(0...1), \.optimizer.weightDecay, "The strength of weight decay."),
            .number(
                "optimizer.clipNorm", .above(0), \.optimizer.clipNorm,
                "A gradient that is longer is scaled down to this length."),
        ]
    }

    private static var trainingOptions: [OptionDeclaration<Self>] {
        [
            .integer(
                "steps", in: 0...AutoregressiveTrainer.mostSteps, \.steps,
                "Optimiser steps; 0, with a pretrained model alone, leaves that as it is."),
            .integer(
                "queriesPerBatch", in: 1...65_536, \.queriesPerBatch,
                "Queries in a minibatch, each with all its documents."),
            .word(
                "order", \.order,
                "In which order training sees its queries: shuffled, or those with the fewest or the most documents first."
            ).leftOutAtDefault(),
            .number(
                "promptWeight", .atLeast(0), \.promptWeight,
                "The weight of a prompt's token in the loss; a document's token weighs as lambda says."),
            .word(
                "precision", \.precision,
                "In what precision the decoder's products take their inputs; their sums are in float32 either way."
            ).leftOutAtDefault(),
            .word(
                "scoring", \.scoring,
                "Whether a candidate's token is scored after the candidate's own earlier tokens (own-path) or at its place "
                    + "of one greedy decode (greedy-path)."),
            .word(
                "score", \.score,
                "How a docID's log-probabilities become its score: by their mean over its tokens, by their sum, or by the sum "
                    + "over the number of tokens that a language model's own tokenizer would make of it (counted)."
            ).leftOutAtDefault(),
        ]
    }
}
