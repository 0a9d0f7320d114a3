import Foundation
import Tensors
import Testing

/// Programs that are run beside ours.
@Suite struct ProgramTests {
    private func shell(_ script: String, input: String = "") throws -> Program.Outcome {
        try #require(Program("sh")).run(["-c", script], input: input)
    }

    @Test func bothOutputsAndTheStatusComeBack() throws {
        let said = try shell("cat; echo no >&2; exit 3", input: "text")
        #expect(!said.succeeded)
        #expect(said.status == 3)
        #expect(said.output == "text")
        #expect(said.errors == "no\n")
        #expect(try shell("true").succeeded)
    }

    /// Each of the three is more than a pipe holds.
    @Test(.timeLimit(.minutes(1))) func longTextsDoNotWaitForEachOther() throws {
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        let said = try shell("head -c 300000 /dev/zero | tr '\\0' e >&2; cat", input: text)
        #expect(said.output == text)
        #expect(said.errors.count == 300_000)
    }

    @Test(.timeLimit(.minutes(1))) func inputMayStayUnread() throws {
        signal(SIGPIPE, SIG_IGN)
        #expect(try shell("exit 0", input: String(repeating: "x", count: 1 << 20)).succeeded)
    }

    @Test func aSignalIsNoSuccess() throws {
        let said = try shell("kill -9 $$")
        #expect(!said.succeeded)
        #expect(said.status == 9)
    }

    @Test func namesAreLookedForInFolders() throws {
        #expect(Program("no-such-program") == nil)
        #expect(Program("/bin/no-such-program") == nil)
        #expect(Program("/bin") == nil)
        #expect(Program("bin", searchPath: "/usr:/") == nil, "a folder is no program")
        #expect(Program("sh", searchPath: "/no-such-folder:/bin")?.path == "/bin/sh")
        #expect(Program("sh", searchPath: "/no-such-folder") == nil)
        #expect(Program("/bin/sh", searchPath: "/no-such-folder")?.path == "/bin/sh")
    }
}
