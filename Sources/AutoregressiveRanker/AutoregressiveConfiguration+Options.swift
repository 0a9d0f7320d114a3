import LanguageModels
import Options
import Rankers

/// The declarations of all options.
extension AutoregressiveConfiguration {
    /// Start, decoder, base, questions for titles, loss, optimiser and training, in this order.
    public static var options: [OptionDeclaration<Self>] {
        startOptions + decoderOptions + baseOptions + matchingOptions + lossOptions + optimizerOptions
            + trainingOptions
    }

    private static var startOptions: [OptionDeclaration<Self>] {
        [
            .optionalName(
                "pretrained", "a model's name, file or folder, or empty", \.pretrained,
                "The pretrained model that training starts from. Where this is empty, a compact decoder is trained from scratch."
            ),
            .word(
                "prompt", \.prompt,
                "What a pretrained model's prompt holds: the paper's instruction and the question (instruction), or the question alone "
                    + "(question)."
            ).leftOutAtDefault(),
            .word(
                "attention", \.attention,
                "What the documents of a prompt see: everything before them (dense), or what stands before the first document "
                    + "and themselves (blocks, as in BlockRank). The answer sees everything in both cases, as far as a "
                    + "model's sliding window reaches, which counts the prompt's tokens one after another."
            ).leftOutAtDefault(),
            .integer(
                "tuning.lastLayers", in: 0...1_000, \.tuning.lastLayers,
                "How many of a pretrained model's layers learn, counted from the last. With 0, every weight of the model learns."
            ).leftOutAtDefault(),
            .integer(
                "tuning.adapterRank", in: 0...4_096, \.tuning.adapterRank,
                "The rank of the adapters (LoRA) that learn in the place of those layers' matrices. With 0, there are no adapters."
            ).leftOutAtDefault(),
            .number(
                "tuning.adapterAlpha", .above(0, atMost: 10_000), \.tuning.adapterAlpha,
                "The strength of adapters: an adapter's product is multiplied by this number and divided by the rank."
            ).leftOutAtDefault(),
            .word(
                "tuning.frozenStorage", \.tuning.frozenStorage,
                "The format in which matrices that do not learn are kept in memory. bfloat16 takes half the memory of float32."
            ).leftOutAtDefault(),
        ]
    }

    private static var decoderOptions: [OptionDeclaration<Self>] {
        [
            .integer(
                "decoder.vocabulary", in: 260...1_000_000, \.decoder.vocabulary,
                "The number of token ids. A pretrained model brings its own shape, and sets all of the decoder's options."
            ),
            .integer("decoder.width", in: 1...65_536, \.decoder.width, "The width of the residual stream."),
            .integer("decoder.layers", in: 1...1_000, \.decoder.layers, "The number of layers."),
            .integer("decoder.heads", in: 1...1_000, \.decoder.heads, "The number of query heads."),
            .integer(
                "decoder.keyValueHeads", in: 1...1_000, \.decoder.keyValueHeads,
                "The number of key and value heads; it must divide the number of query heads."),
            .integer(
                "decoder.headDimension", in: 1...1_024, \.decoder.headDimension,
                "The width of each head; it must be even."),
            .integer(
                "decoder.feedForward", in: 1...1_000_000, \.decoder.feedForward,
                "The inner width of the feed-forward block."),
            .number(
                "decoder.rotaryBase", .above(1), \.decoder.rotaryBase,
                "The base theta of the rotary position embeddings."),
            .number(
                "decoder.normEpsilon", .above(0, below: 1),
                "The number that the norms add to the mean square, against division by zero.",
                // The shortest text of the float, so that 1e-5 is 1e-5.
                get: { Double("\($0.decoder.normEpsilon)") ?? 0 }, set: { $0.decoder.normEpsilon = Float($1) }
            ),
            .flag(
                "decoder.tiedHead", \.decoder.tiedHead,
                "Whether the output head shares its weights with the embedding table."),
            .word(
                "initialization", \.initialization,
                "The random weights that a decoder starts from: each number for itself (independent), with the first key head of each "
                    + "layer repeated in its query heads, so that tokens see their equals from the start (mimetic), or that with "
                    + "orthogonal heads, so that what they carry stays comparable (orthogonal)."
            ).when("pretrained is empty") { $0.pretrained == nil }.leftOutAtDefault(),
            .optionalName(
                "initialEmbeddings", "a text encoder's name or folder, or empty", \.initialEmbeddings,
                "The text encoder whose embeddings of the tokens' texts, in their principal components, a decoder's token embeddings start "
                    + "from. Where this is empty, they start at random."
            ).when("pretrained is empty") { $0.pretrained == nil }.leftOutAtDefault(),
            .optionalName(
                "textVectors", "a text encoder's name or folder, or empty", \.textVectors,
                "The text encoder whose embedding of each query and title, in principal components, a prompt holds in the place of the "
                    + "text's tokens (PE-Rank, arXiv 2406.14848). Where this is empty, prompts hold tokens."
            ).when("pretrained is empty") { $0.pretrained == nil }.leftOutAtDefault(),
        ]
    }

    private static var baseOptions: [OptionDeclaration<Self>] {
        let whenTrained = "base.steps is above 0 and pretrained is empty"
        return [
            .integer(
                "base.steps", in: 0...AutoregressiveTrainer.mostSteps, \.base.steps,
                "The steps that train the base model, from which all rows of a table start. With 0, each row starts from random weights."
            ).when("pretrained is empty") { $0.pretrained == nil },
            .integer(
                "base.queriesPerBatch", in: 1...65_536, \.base.queriesPerBatch,
                "The number of queries in a minibatch of the base's training."
            ).when(whenTrained) { $0.trainsBase },
            .number(
                "base.learningRate", .above(0, atMost: 10), \.base.learningRate,
                "The highest learning rate of the base's training."
            ).when(whenTrained) { $0.trainsBase },
            .number(
                "base.promptWeight", .atLeast(0), \.base.promptWeight,
                "The weight of a token of the prompt in the base's loss; a token of a document has weight 1."
            ).when(whenTrained + " and base.objective is ranking") {
                $0.trainsBase && $0.base.objective == .ranking
            },
            .word(
                "base.objective", \.base.objective,
                "What the base's prompts are asked: a query for its documents (ranking, all with equal weight), or, where "
                    + "documents have titles, each document for its docID, by words or by another query (matching)."
            ).when(whenTrained) { $0.trainsBase }.leftOutAtDefault(),
            .seed(
                "base.seed", \.base.seed, "The seed of all that is drawn at random while the base is trained."
            )
            .when(whenTrained) { $0.trainsBase },
        ]
    }

    private static var matchingOptions: [OptionDeclaration<Self>] {
        let ofBase: [OptionDeclaration<Self>] = MatchingConfiguration.options("base.", \.base.matching)
        let own: [OptionDeclaration<Self>] = MatchingConfiguration.options("", \.matching)
        let whenBaseAsks = "base.steps is above 0 and pretrained is empty and base.objective is matching"
        return ofBase.map {
            $0.when(whenBaseAsks) { $0.trainsBase && $0.base.objective == .matching }.leftOutAtDefault()
        }
            + own.map {
                $0.when("objective is matching") { $0.objective == .matching }.leftOutAtDefault()
            }
    }

    private var trainsBase: Bool { pretrained == nil && base.steps > 0 }

    /// Questions for titles have a loss of their own.
    private static var lossOptions: [OptionDeclaration<Self>] {
        rankingLossOptions.map { $0.when("objective is ranking") { $0.objective == .ranking } }
    }

    private static var rankingLossOptions: [OptionDeclaration<Self>] {
        [
            .word(
                "loss.kind", \.loss.kind,
                "The loss that training minimises: "
                    + LossKind.allCases.map(\.meaning).joined(separator: ", or ") + "."
            ).leftOutAtDefault()
        ] + RankWeighting.options("loss.", \.loss.weighting) + [
            .word(
                "loss.targets", \.loss.targets,
                "What the model is to predict after the first tokens of a docID: the docID's own next token (onehot), or a distribution "
                    + "over the next tokens of all documents of the same or a later rank that begin with those tokens (trie)."
            ).flag("targets").when("loss.kind is stoical") { $0.loss.kind == .stoical },
            .number(
                "loss.beta", .in(0...100), \.loss.beta,
                "The power beta of the trie's distribution, in which a document of rank r has mass 1/r^beta."
            ).flag("beta").when("loss.kind is stoical and loss.targets is trie") {
                $0.loss.kind == .stoical && $0.loss.targets == .trie
            },
        ]
    }

    private static var optimizerOptions: [OptionDeclaration<Self>] {
        [
            .word(
                "optimizer.kind", \.optimizer.kind, "The optimiser: AdamW (adamw) or Adafactor (adafactor)."
            ).flag("optimizer"),
            .number(
                "optimizer.learningRate", .above(0, atMost: 10), \.optimizer.learningRate,
                "The highest learning rate, which is reached at the end of the warm-up."
            ).flag("learning-rate"),
            .integer(
                "optimizer.warmupSteps", in: 0...1_000_000_000, \.optimizer.warmupSteps,
                "The number of steps over which the learning rate grows from 0 to its highest value."),
            .number(
                "optimizer.finalShare", .in(0...1), \.optimizer.finalShare,
                "The share of the highest learning rate at which the cosine decay ends."),
            .number(
                "optimizer.beta1", .in(0..<1), \.optimizer.beta1,
                "The decay rate of the optimiser's first moment."),
            .number(
                "optimizer.beta2", .in(0..<1), \.optimizer.beta2, "The decay rate of AdamW's second moment."
            )
            .when("optimizer.kind is adamw") { $0.optimizer.kind == .adamw },
            .number(
                "optimizer.epsilon", .above(0, below: 1), \.optimizer.epsilon,
                "The number that AdamW adds to its denominator."
            ).when("optimizer.kind is adamw") { $0.optimizer.kind == .adamw },
            .number(
                "optimizer.weightDecay", .in(0...1), \.optimizer.weightDecay,
                "The strength of weight decay; 0 is none."),
            .number(
                "optimizer.clipNorm", .above(0), \.optimizer.clipNorm,
                "The largest norm of a gradient; a longer gradient is scaled down to it."),
        ]
    }

    private static var trainingOptions: [OptionDeclaration<Self>] {
        [
            .integer(
                "steps", in: 0...AutoregressiveTrainer.mostSteps, \.steps,
                "The number of optimiser steps. Only with a pretrained model may it be 0, and the model then stays as it is."
            ),
            .integer(
                "queriesPerBatch", in: 1...65_536, \.queriesPerBatch,
                "The number of queries in a minibatch, each with all its documents."),
            .word(
                "order", \.order,
                "The order in which training sees its queries: at random (shuffled), or by their number of documents (fewest-first, "
                    + "most-first)."
            ).leftOutAtDefault(),
            .word(
                "objective", \.objective,
                "What prompts are asked: a query for its documents (ranking), or, where documents have titles, each document for "
                    + "its docID, by words or by another query (matching), by which a base learns to find and to copy."
            ).leftOutAtDefault(),
            .number(
                "promptWeight", .atLeast(0), \.promptWeight,
                "The weight of a token of the prompt in the loss; a token of a document has the weight that lambda gives."
            ).when("objective is ranking") { $0.objective == .ranking },
            .word(
                "precision", \.precision,
                "The precision of the numbers that the decoder's matrix products multiply. They add in float32 in both cases."
            ).leftOutAtDefault(),
            .word(
                "scoring", \.scoring,
                "What stands before a token of a candidate when it is scored: the candidate's own earlier tokens (own-path), or those "
                    + "that the model writes by itself, one greedy decode for all candidates (greedy-path)."),
            .word(
                "score", \.score,
                "The score of a docID: the mean of its tokens' log-probabilities (mean), their sum (sum), or the sum divided by the number "
                    + "of tokens that it has where its sense suffix is spelled one token a character, as language models' tokenizers do; "
                    + "of a list of numbers each digit and comma is one (counted)."
            ).leftOutAtDefault(),
        ]
    }
}
