import Foundation

/// File systems that several machines have in common.
enum NetworkFileSystem {
    /// Their types, as Linux lists mounts.
    private static let types: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "afs", "pvfs2",
        "fuse.glusterfs", "fuse.sshfs", "fuse.ceph",
    ]

    /// Whether a folder lies on one; false where that is not to be known.
    static func holds(_ folder: URL) -> Bool {
        var status = stat()
        guard stat(folder.path, &status) == 0,
            let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        else { return false }
        return type(ofDevice: UInt64(status.st_dev), mounts: mounts).map(types.contains) ?? false
    }

    /// The type of the file system that is a device's.
    ///
    /// - Parameter mounts: As /proc/PID/mountinfo has them (proc(5)): the third field is the device, and the type stands behind a
    ///   hyphen, since the fields before it vary in number.
    static func type(ofDevice device: UInt64, mounts: String) -> String? {
        // Linux packs 12 bits of the major number and 20 of the minor, in the order of its history.
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 3, fields[2] == "\(major):\(minor)", let hyphen = fields.firstIndex(of: "-"),
                hyphen + 1 < fields.count
            else { continue }
            return String(fields[hyphen + 1])
        }
        return nil
    }
}
