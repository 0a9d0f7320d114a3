import Foundation
import ProductSearch
import RankingData
import Tensors

/// Data of the user's own, as `rankbridge data import` keeps them in the results folder.
public enum ImportedData: Codable, Sendable, Equatable {
    /// Queries are the entities below a root, their documents what stands above them, as in WordNet.
    case taxonomy(Taxonomy)
    /// Queries with judged documents.
    case judgments(Judgments)
    /// Queries with lists of titles.
    case search(SearchTask)

    /// Reads what was imported under `name`.
    public init(_ name: String, in folder: ResultsFolder) throws {
        let file = folder.data(name)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ImportError.unknown(name: name, file: file.path)
        }
        let data = try FileFailure.naming(file) { try Data(contentsOf: file) }
        guard let found = try? JSONDecoder().decode(ImportedData.self, from: data), found.isConsistent else {
            throw ImportError.damaged(name: name, file: file.path)
        }
        self = found
    }

    /// Keeps the data under `name`, in place of what had that name; runs made on other data stay other runs.
    public func write(as name: String, in folder: ResultsFolder) throws {
        guard name != DataConfiguration.wordNet,
            name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/) != nil
        else { throw ImportError.illegalName(name) }
        let file = folder.data(name)
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try JSONEncoder().encode(self).write(to: file, options: .atomic)
        }
    }

    /// Whether every index is one of an entity.
    private var isConsistent: Bool {
        func isKnown(_ indices: [Int32], _ count: Int) -> Bool {
            indices.allSatisfy { $0 >= 0 && Int($0) < count }
        }
        switch self {
        case .taxonomy(let taxonomy):
            return taxonomy.parents.count == taxonomy.count
                && taxonomy.parents.allSatisfy { isKnown($0, taxonomy.count) }
        case .search(let task): return task.isConsistent
        case .judgments(let judgments):
            let count = judgments.entities.count
            return !judgments.queries.isEmpty && isKnown(judgments.documents, count)
                && Set(judgments.queries.map(\.query)).count == judgments.queries.count
                && judgments.queries.allSatisfy { query in
                    !query.documents.isEmpty
                        && Set(query.documents).count == query.documents.count
                        && isKnown([query.query] + query.documents + query.negatives, count)
                }
        }
    }
}

/// Why data cannot be imported, or not be found again.
public enum ImportError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String, file: String)
    case damaged(name: String, file: String)
    case illegalName(String)
    case changed(run: String, name: String)

    public var description: String {
        switch self {
        case .unknown(let name, let file):
            "no data were imported as '\(name)' (\(file) is not there): see rankbridge help data import"
        case .damaged(let name, let file):
            "\(file) is damaged: import '\(name)' again"
        case .illegalName(let name):
            "'\(name)' is no name for data: use letters, digits, '.', '_' and '-', at most 64, and not 'wordnet'"
        case .changed(let run, let name):
            "run \(run) was made on other data than '\(name)' holds now: import those again"
        }
    }
}
