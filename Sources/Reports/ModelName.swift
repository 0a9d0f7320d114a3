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
                short = name + String(format: "-%.0fM", Double(count) / 1e6)
                long = "\(name), pretrained, of \(grouped(count)) parameters"
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

    private struct WithDecoder: Decodable {
        var decoder: DecoderConfiguration
    }

    private static func decoder(of run: FinishedRun) -> DecoderConfiguration? {
        try? JSONDecoder().decode(WithDecoder.self, from: run.options.modelJSON).decoder
    }
}
