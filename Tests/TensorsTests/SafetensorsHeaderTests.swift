import Foundation
import Testing

@testable import Tensors

/// Headers of safetensors files: what the library of that name writes is read, what it refuses is refused.
@Suite struct SafetensorsHeaderTests {
    private func file(_ header: String, bytes: Int) -> Data {
        let json = Data(header.utf8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + Data(count: bytes)
    }

    private func tensor(_ name: String, _ shape: String, _ offsets: String, dtype: String = "F32") -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test func tensorsInAnyOrderAreRead() throws {
        let header =
            "{\(tensor("b", "[2]", "[4,12]")),\(tensor("a", "[]", "[0,4]")),"
            + "\(tensor("empty", "[0,3]", "[4,4]")),\"__metadata__\":{\"format\":\"pt\"}}  "
        let read = try SafetensorsHeader(file(header, bytes: 12))
        #expect(read.entries.keys.sorted() == ["a", "b", "empty"])
        let start = 8 + header.utf8.count
        #expect(read.entries["b"]?.bytes == (start + 4)..<(start + 12))
        #expect(read.entries["a"]?.count == 1 && read.entries["empty"]?.count == 0)
        #expect(read.metadata == ["format": "pt"])
    }

    @Test(arguments: [
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12, "stand behind"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "begins at"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}", 12, "ends at"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]}}", 12, "outside"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, "not described"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[true],\"data_offsets\":[0,4]}}", 4, "not described"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1,-2],\"data_offsets\":[0,8]}}", 8, "shape"),
        ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8, "shape"),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"strides\":[1]}}", 8,
            "not described"
        ),
        (
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
                + "\"data_offsets\":[4,8]}}", 8, "twice"
        ),
        (
            "{\"\u{e9}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"e\u{301}\":{\"dtype\":\"F32\","
                + "\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "two tensors"
        ),
        ("{\"__metadata__\":{\"a\":1}}", 0, "metadata"), ("[]", 0, "object"), ("{", 0, "JSON"),
    ])
    func othersAreRefused(header: String, bytes: Int, says: String) throws {
        let error = #expect(throws: SafetensorsHeader.Malformed.self) {
            try SafetensorsHeader(file(header, bytes: bytes))
        }
        let reason = try #require(error).reason
        #expect(reason.contains(says), "\(reason)")
    }

    @Test func overlapsAreRefused() {
        let header = "{\(tensor("a", "[2]", "[0,8]")),\(tensor("b", "[2]", "[4,12]"))}"
        #expect(throws: SafetensorsHeader.Malformed.self) { try SafetensorsHeader(file(header, bytes: 12)) }
    }
}
