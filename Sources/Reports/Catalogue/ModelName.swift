import AutoregressiveRanker
import Foundation
import LanguageModels

/// What trained a run's numbers, in words, from its configuration.
struct ModelName {
    /// One word for a CSV cell: `compact-decoder-0.78M`, `dual-encoder-n32`.
    let short: String
    /// For a sentence.
    let long: String

    init(_ run: FinishedRun) {
        if let decoder = ModelName.decoder(of: run) {
            let count = decoder.parameterCount
            if let source = run.options["pretrained"], !source.isEmpty {
                let name = source.split(separator: "/").last.map(String.init) ?? source
                let options = ModelName.fineTuning(run.options)
                short =
                    name + String(format: "-%.0fM", Double(count) / 1e6)
                    + options.map { "-" + $0.short }.joined()
                long =
                    "\(name), pretrained, of \(grouped(count)) parameters"
                    + options.map { ", " + $0.long }.joined()
                return
            }
            short = "compact-decoder-" + String(format: "%.2fM", Double(count) / 1e6)
            long =
                "a compact decoder of \(grouped(count)) parameters (\(decoder.layers) layers, width "
                + "\(decoder.width), vocabulary \(grouped(decoder.vocabulary)))"
        } else {
            let dimension = run.options["dimension"]
            short = run.model + (dimension.map { "-n\($0)" } ?? "")
            long = run.model.replacing("-", with: " ") + (dimension.map { " with n = \($0)" } ?? "")
        }
    }

    /// What of a pretrained model learns, and how it is asked, where that is not the default.
    private static func fineTuning(_ options: RunOptions) -> [(short: String, long: String)] {
        func number(_ name: String) -> String? { options[name].flatMap { $0 == "0" ? nil : $0 } }
        var list: [(short: String, long: String)] = []
        if let layers = number("tuning.lastLayers") {
            list.append(("last\(layers)", "the last \(layers) layers learn"))
        }
        if let rank = number("tuning.adapterRank") {
            list.append(
                (
                    "lora\(rank)",
                    "adapters of rank \(rank) learn (alpha \(options["tuning.adapterAlpha"] ?? "?"))"
                ))
        }
        if options["tuning.frozenStorage"] == "bfloat16" {
            list.append(("bf16", "frozen weights in bfloat16"))
        }
        if let prompt = options["prompt"], prompt != PromptTemplate.instruction.rawValue {
            list.append(("\(prompt)-prompt", "\(prompt) prompt"))
        }
        if let order = options["order"], order != QueryOrder.shuffled.rawValue {
            list.append((order, "queries \(order)"))
        }
        return list
    }

    private static func decoder(of run: FinishedRun) -> DecoderConfiguration? {
        (run.options.configuration.ranker as? AutoregressiveConfiguration)?.decoder
    }
}
