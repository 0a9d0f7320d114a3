import Foundation
import RankingData
import Tensors

/// Data of the user's own, as `rankbridge data import` keeps them in the results folder: an object with the kind of the
/// data as its only key.
public enum ImportedData {
    /// Reads what was imported under `name`.
    ///
    /// - Throws: `ImportError`; `FileFailure`.
    static func read(_ name: String, in folder: ResultsFolder) throws -> any KeptData {
        let file = folder.data(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ImportError.unknown(name: name, file: file.path)
        }
        let data = try FileFailure.naming(file) { try Data(contentsOf: file) }
        guard let found = try? JSONDecoder().decode(KeptFile.self, from: data).data, found.isConsistent else {
            throw ImportError.damaged(name: name, file: file.path)
        }
        return found
    }

    /// Throws `.illegalName` for a name that no data can be kept under: ask before work that takes long.
    public static func checkName(_ name: String) throws(ImportError) {
        guard !DataSources.builtIn.contains(where: { $0.name == name }),
            // The name becomes a file's in the results folder: no slash may stand in it, and no dot before it.
            name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/) != nil
        else { throw .illegalName(name) }
    }

    /// Keeps data under `name`, in place of what had that name; runs made on other data stay other runs.
    ///
    /// - Throws: `ImportError.illegalName`; `ImportError.inUse` while a run is trained on other data of that name; `FileFailure`.
    public static func write(_ data: any KeptData, as name: String, in folder: ResultsFolder) throws {
        try checkName(name)
        if FileManager.default.fileExists(atPath: folder.database.path) {
            let runs = try ResultsDatabase.reading(results: folder.root).runsUnderWay(on: name)
            let source = runs.isEmpty ? nil : try data.source()
            var fingerprints: [DataConfiguration: String?] = [:]
            for run in runs {
                let options = run.configuration.data
                // Nil where no such task can be made of the new data.
                let fingerprint =
                    fingerprints[options] ?? source.flatMap { try? RankingTask($0, options).fingerprint }
                fingerprints[options] = .some(fingerprint)
                guard fingerprint == run.configuration.dataFingerprint else {
                    throw ImportError.inUse(run: run.id, name: name)
                }
            }
        }
        let file = folder.data(name)
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        }
        let encoder = JSONEncoder()
        // Equal data give equal bytes, so that two machines can compare their files.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try OutputFile(file.path).write(Array(encoder.encode(KeptFile(data: data))))
    }
}

/// `{KIND: {"_0": DATA}}`.
private struct KeptFile: Codable {
    let data: any KeptData

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        static let content = Key(stringValue: "_0")

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(data: any KeptData) { self.data = data }

    init(from decoder: any Decoder) throws {
        let kinds = try decoder.container(keyedBy: Key.self)
        // The first known key decides; whoever adds others to the file gets the same data.
        for kind in DataSources.imported where kinds.contains(Key(stringValue: kind.kind)) {
            let content = try kinds.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: kind.kind))
            data = try content.decode(kind, forKey: .content)
            return
        }
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "no known kind of data"))
    }

    func encode(to encoder: any Encoder) throws {
        var kinds = encoder.container(keyedBy: Key.self)
        var content = kinds.nestedContainer(
            keyedBy: Key.self, forKey: Key(stringValue: type(of: data).kind))
        try content.encode(data, forKey: .content)
    }
}

/// Why data cannot be imported, or not be found again.
public enum ImportError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String, file: String)
    case damaged(name: String, file: String)
    case illegalName(String)
    case changed(run: String, name: String)
    case inUse(run: String, name: String)
    case shadowed(name: String, file: String)

    public var description: String {
        switch self {
        case .unknown(let name, let file):
            "no data were imported as '\(name)' (\(file) is not there), and without an import there are "
                + "\(DataSources.builtInNames): see rankbridge help data import"
        case .damaged(let name, let file):
            "\(file) is damaged: import '\(name)' again"
        case .illegalName(let name):
            "'\(name)' is no name for data: use letters, digits, '.', '_' and '-', at most 64, and not "
                + DataSources.builtInNames
        case .changed(let run, let name):
            "run \(run) was made on other data than '\(name)' holds now: import those again"
        case .inUse(let run, let name):
            "run \(run.prefix(12)) is under way on other data of the name '\(name)': wait until its sweep has ended, "
                + "or give these another --name or --results"
        case .shadowed(let name, let file):
            "'\(name)' is the name of a data set that needs no import, and \(file) holds imported data of that name: "
                + "rename that file, or move it away"
        }
    }
}
