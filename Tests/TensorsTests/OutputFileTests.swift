import Foundation
import Testing

@testable import Tensors

@Suite struct OutputFileTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func kind(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    @Test func aPlainFileIsMadeOrReplacedAsAWhole() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("plain").path
        try OutputFile(path).write("first, and longer")
        chmod(path, 0o640)
        try OutputFile(path).write("second")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "second")
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640, "the mode stays")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["plain"])
    }

    @Test func aLinkStaysAndItsTargetIsWritten() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for isThere in [true, false] {
            let (target, link) = ("\(folder.path)/target\(isThere)", "\(folder.path)/link\(isThere)")
            if isThere { try Data("what was there, longer".utf8).write(to: URL(fileURLWithPath: target)) }
            try #require(symlink(target, link) == 0)
            try OutputFile(link).write("new")
            #expect(kind(link) == S_IFLNK && kind(target) == S_IFREG)
            #expect(try String(contentsOfFile: target, encoding: .utf8) == "new")
        }
    }

    @Test func aPipeIsWrittenThrough() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("pipe").path
        try #require(mkfifo(path, 0o600) == 0)
        let text = String(repeating: "0123456789\n", count: 20_000)
        let writer = Thread { try? OutputFile(path).write(text) }
        writer.start()
        let descriptor = open(path, O_RDONLY)
        let read = try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readToEnd()
        #expect(read == Data(text.utf8))
        #expect(kind(path) == S_IFIFO)
    }

    @Test func devicesStayAndTheirRefusalsAreSaid() throws {
        try OutputFile("/dev/null").write("gone")
        #expect(kind("/dev/null") == S_IFCHR)
        #expect(throws: FileFailure.self) { try OutputFile("/dev/full").write("too much") }
        #expect(kind("/dev/full") == S_IFCHR)
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let error = #expect(throws: FileFailure.self) { try OutputFile(folder.path).write("no file") }
        #expect(try #require(error).description == "\(folder.path): Is a directory")
        #expect(throws: FileFailure.self) { try OutputFile(folder.path + "/none/file").write("nowhere") }
    }

    /// A folder of a process that is gone goes when the next one needs one of its kind; others stay.
    @Test func foldersOfKilledProcessesGo() throws {
        let parent = try folder()
        defer { try? FileManager.default.removeItem(at: parent) }
        let own = try TemporaryFile.folder("fetch", in: parent)
        let killed = Process()
        killed.executableURL = URL(fileURLWithPath: "/bin/true")
        try killed.run()
        killed.waitUntilExit()
        let space = try #require(ProcessSpace.current)
        let (left, other) = (
            parent.appendingPathComponent(".A.fetch.\(space).\(killed.processIdentifier)/part"),
            parent.appendingPathComponent(".A.esci.\(space).\(killed.processIdentifier)")
        )
        for made in [left, other] {
            try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        }
        let next = try TemporaryFile.folder("fetch", in: parent)
        let names = try FileManager.default.contentsOfDirectory(atPath: parent.path)
        #expect(Set(names) == Set([own, other, next].map(\.lastPathComponent)) && own != next)
    }

    @Test func anOpenDescriptorGoesOn() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("log").path
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        try #require(write(descriptor, "before, ", 8) == 8)
        try OutputFile("/dev/fd/\(descriptor)").write("after")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before, after")
    }
}
