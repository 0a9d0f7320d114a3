import Foundation
import GRDB
import Testing

@testable import Experiments

@Suite("Network file systems")
struct NetworkFileSystemTests {
    private static let mounts = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        31 22 0:45 / /home rw,relatime shared:7 master:2 - nfs4 server:/home rw,vers=4.2
        32 22 0:300 / /tmp rw - tmpfs tmpfs rw
        """

    @Test func aDeviceHasTheTypeOfItsMount() {
        func type(_ device: UInt64) -> String? {
            NetworkFileSystem.type(ofDevice: device, mounts: Self.mounts)
        }
        #expect(type(254 << 8) == "ext4")
        #expect(type(45) == "nfs4")
        // 300 is 1 << 8 | 44: what is above 8 bits of a minor number stands above the major one.
        #expect(type(1 << 20 | 44) == "tmpfs")
        #expect(type(46) == nil)
    }

    @Test func thisMachinesOwnAreNone() {
        #expect(!NetworkFileSystem.holds(URL(fileURLWithPath: "/no/such/folder")))
        #expect(!NetworkFileSystem.holds(URL(fileURLWithPath: "/proc")))
    }

    /// A database that was copied to such a file system loses its write-ahead log, unless another process has it open.
    @Test func aDatabaseFromElsewhereGetsARollbackJournal() throws {
        let path = NSTemporaryDirectory() + "rankbridge-\(UUID().uuidString).db"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        func journal() throws -> UInt8 { try Data(contentsOf: URL(fileURLWithPath: path))[18] }
        do {
            let pool = try DatabasePool(path: path)
            try pool.write { try $0.execute(sql: "CREATE TABLE one (value)") }
            #expect(try !ResultsDatabase.leavesWriteAheadLog(path))
            #expect(try journal() == 2)
        }
        #expect(try ResultsDatabase.leavesWriteAheadLog(path))
        #expect(try journal() == 1)
    }
}
