import Foundation

/// A model in GGUF: one file, or the parts that llama.cpp's `gguf-split` makes of it.
///
/// Parts are called `NAME-00001-of-00003.gguf`. The first has the metadata; each says in `split.no` which it is, counted
/// from 0, and in `split.count` how many there are.
struct GGUFModel: Sendable {
    /// The file with the metadata.
    let first: GGUFFile
    /// All files, the first included, in their order.
    let parts: [GGUFFile]

    /// Opens a whole model.
    ///
    /// - Parameter path: Its file, or the first of its parts.
    /// - Throws: `ModelFileError.unsupported` with the first part's name for another part; `.unreadable` where one is not
    ///   there, `.malformed` where one is of another model.
    init(_ path: String) throws(ModelFileError) {
        first = try GGUFFile(MappedFile(path))
        let count = try Self.number("split.count", in: first) ?? 1
        guard count > 1 else {
            parts = [first]
            return
        }
        guard let name = Self.parts(of: path), name.count == count else {
            throw .unsupported(
                file: path,
                what:
                    "it is a part of a split file; parts are called NAME-00001-of-\(Self.digits(count)).gguf")
        }
        guard try Self.number("split.no", in: first) == 0, name.number == 1 else {
            throw .unsupported(
                file: path,
                what: "it is part \(name.number) of a split file: give its first part, \(name.part(1))")
        }
        var parts = [first]
        for number in 2...count {
            let part = try GGUFFile(MappedFile(name.part(number)))
            guard try Self.number("split.no", in: part) == number - 1,
                try Self.number("split.count", in: part) == count
            else {
                throw .malformed(file: part.file.path, reason: "it is not part \(number) of \(path)")
            }
            parts.append(part)
        }
        self.parts = parts
        try check()
    }

    /// A tensor, and the file that it is in; nil where no part has it.
    ///
    /// - Throws: `ModelFileError.unsupported` where it is there in a format that is not read here.
    func tensor(_ name: String) throws(ModelFileError) -> (tensor: StoredTensor, file: MappedFile)? {
        for part in parts {
            if let tensor = part.tensors[name] { return (tensor, part.file) }
            if let type = part.otherTensors[name] {
                throw .format(name, "of ggml's type \(type)", read: GGUFFile.formatNames, in: part.file.path)
            }
        }
        return nil
    }

    /// No tensor stands in two parts, and there are as many as the first part says.
    private func check() throws(ModelFileError) {
        var names: Set<String> = []
        for part in parts {
            for name in Array(part.tensors.keys) + Array(part.otherTensors.keys)
            where !names.insert(name).inserted {
                throw .malformed(file: part.file.path, reason: "another part has a tensor '\(name)' too")
            }
        }
        if let expected = try Self.number("split.tensors.count", in: first), expected != names.count {
            throw .malformed(
                file: first.file.path,
                reason: "its parts have \(names.count) tensors, and should have \(expected)")
        }
    }

    private static func number(_ key: String, in file: GGUFFile) throws(ModelFileError) -> Int? {
        switch file.metadata[key] {
        case nil: return nil
        // Parts are numbered with five digits.
        case .integer(let value)? where (0..<100_000).contains(value): return value
        case let value?:
            throw .malformed(file: file.file.path, reason: "'\(key)' is \(value.summary)")
        }
    }

    /// The name of a part.
    private struct PartName {
        let stem: String
        let number: Int
        let count: Int

        func part(_ number: Int) -> String {
            "\(stem)-\(GGUFModel.digits(number))-of-\(GGUFModel.digits(count)).gguf"
        }
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    private static func parts(of path: String) -> PartName? {
        // A path may have line feeds in it.
        guard let match = path.wholeMatch(of: /(.*)-([0-9]{5})-of-([0-9]{5})\.gguf/.dotMatchesNewlines()),
            let number = Int(match.2), let count = Int(match.3), (1...max(1, count)).contains(number)
        else { return nil }
        return PartName(stem: String(match.1), number: number, count: count)
    }
}
