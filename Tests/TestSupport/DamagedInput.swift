import Foundation
import Tensors
import Testing

/// Damages bytes as broken disks, careless editors and attackers do.
struct Mutator {
    private var stream: RandomStream
    /// Bytes that were changed, taken out or put in; a file cut short counts as one.
    private(set) var changedBytes = 0
    private static let numbers = [
        "-1", "0", "1e308", "nan", "99999999999999999999", "18446744073709551615", "",
    ]

    init(_ index: Int) { stream = RandomStream(seed: 4, name: "hostile", index: UInt64(index)) }

    mutating func mutate(_ original: Data) -> Data {
        var bytes = [UInt8](original)
        for _ in 0...stream.uniform(below: 3) where !bytes.isEmpty { damage(&bytes) }
        return Data(bytes)
    }

    private mutating func place(_ bytes: [UInt8]) -> Int { stream.uniform(below: bytes.count) }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let at = place(bytes)
        let end = min(bytes.count, at + 1 + stream.uniform(below: 40))
        switch stream.uniform(below: 6) {
        case 0:
            bytes[at] ^= 1 << UInt8(stream.uniform(below: 8))
            changedBytes += 1
        case 1:
            bytes.removeSubrange(at...)
            changedBytes += 1
        case 2:
            bytes.removeSubrange(at..<end)
            changedBytes += end - at
        case 3:
            bytes.insert(contentsOf: bytes[at..<end], at: place(bytes))
            changedBytes += end - at
        case 4:
            bytes.insert(contentsOf: (0..<8).map { _ in UInt8(stream.uniform(below: 256)) }, at: at)
            changedBytes += 8
        default:
            guard let start = bytes[at...].firstIndex(where: { (0x30...0x39).contains($0) }) else {
                return
            }
            let stop = bytes[start...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
            let number = Self.numbers[stream.uniform(below: Self.numbers.count)]
            bytes.replaceSubrange(start..<stop, with: Array(number.utf8))
            changedBytes += max(stop - start, number.utf8.count)
        }
    }
}

/// How many damaged versions of each file are asked for, if more than tests make on their own.
private let wanted = ProcessInfo.processInfo.environment["RANKBRIDGE_FUZZ"].flatMap { Int($0) }

/// Gives `count` damaged versions of `original`, or as many as `RANKBRIDGE_FUZZ` says if that is more, to `read`; counts
/// those that it refused.
///
/// - Parameter isExpected: Whether an error is one of those that the reader documents.
public func damage(
    _ original: Data, _ count: Int, isExpected: (any Error) -> Bool, read: (Data) throws -> Void
) throws -> Int {
    try read(original)
    var (refused, bytes) = (0, 0)
    let count = max(count, wanted ?? 0)
    for index in 0..<count {
        var mutator = Mutator(index)
        let data = mutator.mutate(original)
        bytes += mutator.changedBytes
        let start = Date()
        do { try read(data) } catch {
            refused += 1
            #expect(isExpected(error), "mutation \(index): \(type(of: error)): \(error)")
            #expect(!"\(error)".isEmpty)
        }
        #expect(Date().timeIntervalSince(start) < 5, "mutation \(index) took too long")
    }
    if wanted != nil { print("fuzz: \(count) versions, \(bytes) bytes, \(refused) refused") }
    return refused
}
