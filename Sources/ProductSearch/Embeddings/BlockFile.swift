import Foundation
import RankingData
import Tensors

/// A file of numbers that is whole or not there: their bytes, then the bytes' SHA-256 in hexadecimal.
///
/// `OutputFile` writes it, so a kill or a power cut leaves the whole file or none; what another program or a failing disk
/// damages is taken for not there.
struct BlockFile {
    let url: URL

    private static let digestBytes = 64

    /// - Throws: `FileFailure`.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let folder = url.deletingLastPathComponent()
        try FileFailure.naming(folder) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        var contents = [UInt8](bytes)
        contents += Array(Fingerprint.of(contents).utf8)
        try OutputFile(url.path).write(contents)
    }

    /// The numbers' bytes, mapped; nil where the file is not there or has another size.
    ///
    /// - Parameter isVerified: Whether the digest is computed and compared too.
    func read(bytes count: Int, isVerified: Bool) -> Data? {
        // Whatever keeps the file from being read, the numbers can be made again: that is no error.
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped),
            data.count == count + Self.digestBytes
        else { return nil }
        let numbers = data.prefix(count)
        guard !isVerified || data.suffix(Self.digestBytes).elementsEqual(Fingerprint.of(numbers).utf8)
        else { return nil }
        return numbers
    }

    /// Removes what killed processes left half written in `folder`.
    static func removeAbandoned(in folder: URL) {
        for left in TemporaryFile.abandoned(in: folder, kinds: ["f32", "i32"]) {
            try? FileManager.default.removeItem(at: left)
        }
    }
}
