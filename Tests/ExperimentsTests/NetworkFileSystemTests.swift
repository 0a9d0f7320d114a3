import Foundation
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
}
