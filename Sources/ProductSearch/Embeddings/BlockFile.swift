import Foundation
import RankingData
import Tensors

/// A file of numbers that is whole or not there: their bytes, then the bytes' SHA-256 in hexadecimal.
///
/// It is written beside its place, synced and renamed, so a kill or a power cut leaves the whole file or none; what another
/// program or a failing disk damages is taken for not there.
struct BlockFile {
    let url: URL

    private static let digestBytes = 64

    /// - Throws: `FileFailure`.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let folder = url.deletingLastPathComponent()
        let process = ProcessInfo.processInfo.processIdentifier
        let temporary = folder.appendingPathComponent(".\(url.lastPathComponent)\(Self.unfinished)\(process)")
        try FileFailure.naming(url) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: temporary) }
            var data = Data(bytes)
            data.append(contentsOf: Fingerprint.of(data).utf8)
            try data.write(to: temporary)
            let handle = try FileHandle(forUpdating: temporary)
            try handle.synchronize()
            try handle.close()
            guard rename(temporary.path, url.path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: url.path])
            }
        }
    }

    /// The numbers' bytes, mapped; nil where the file is not there or has another size.
    ///
    /// - Parameter isVerified: Whether the digest is computed and compared too.
    func read(bytes count: Int, isVerified: Bool) -> Data? {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped),
            data.count == count + Self.digestBytes
        else { return nil }
        let numbers = data.prefix(count)
        guard !isVerified || data.suffix(Self.digestBytes).elementsEqual(Fingerprint.of(numbers).utf8)
        else { return nil }
        return numbers
    }

    private static let unfinished = ".unfinished-"

    /// Removes what killed processes left half written in `folder`.
    static func removeAbandoned(in folder: URL) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            guard let mark = name.range(of: unfinished), let process = Int32(name[mark.upperBound...]),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
    }
}
