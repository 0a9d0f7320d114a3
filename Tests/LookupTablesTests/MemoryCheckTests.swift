import LookupTables
import Options
import Testing

@Suite struct MemoryCheckTests {
    private func refusal(available: Int) -> String? {
        do throws(ConfigurationError) {
            try ConfigurationError.requireMemory(dimension: 32, batch: 8, available: available) {
                3_000_000 + 1_000_000 * $0
            }
            return nil
        } catch { return error.description }
    }

    /// The minibatch is to blame where a smaller one would do, and the table otherwise.
    @Test func theErrorNamesWhatHasToBeSmaller() {
        #expect(refusal(available: 11_000_001) == nil)
        #expect(
            refusal(available: 11_000_000)
                == "batch is 8, it must be smaller: it needs 11 MB, this machine has 11 MB")
        #expect(
            refusal(available: 4_000_000)
                == "dimension is 32, it must be smaller: it needs 4 MB, this machine has 4 MB")
    }
}
