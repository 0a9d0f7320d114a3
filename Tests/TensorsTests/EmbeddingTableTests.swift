import Testing

@testable import Tensors

@Suite struct EmbeddingTableTests {
    @Test func rowsArePaddedWithZerosAndReadBackWithout() {
        let values = (1...10).map(Float.init)
        let table = EmbeddingTable(rows: 2, columns: 5, values: values)
        #expect(table.stride == 8)
        #expect(table.row(1)[0] == 6)
        #expect(table.row(0)[5] == 0 && table.row(1)[7] == 0)
        #expect(table.tensor == TensorArchive.Tensor(shape: [2, 5], values: values))
        let copy = table.copy()
        table.row(0)[0] = -1
        #expect(copy.tensor.values == values)
    }

    @Test func normalFillLeavesPaddingAlone() {
        var stream = RandomStream(seed: 1, name: "table")
        let table = EmbeddingTable(rows: 1000, columns: 9)
        table.fillNormal(deviation: 2, from: &stream)
        let values = table.tensor.values
        let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
        #expect(abs(variance - 4) < 0.3)
        #expect((0..<1000).allSatisfy { row in (9..<16).allSatisfy { table.row(row)[$0] == 0 } })
    }
}
