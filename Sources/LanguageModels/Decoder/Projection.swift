import Tensors

/// One of a layer's matrices: y = x W^T, x [rows, inputs], W [outputs, inputs].
enum Projection: Int, CaseIterable {
    /// To queries, keys and values, in this order.
    case queryKeyValue
    /// From the heads' mixed values to the residual stream.
    case output
    /// To the gate and the values that it opens.
    case gateUp
    /// From those back to the residual stream.
    case down
}

extension DecoderConfiguration {
    func inputs(_ projection: Projection) -> Int {
        switch projection {
        case .queryKeyValue, .gateUp: width
        case .output: mixedWidth
        case .down: feedForward
        }
    }

    func outputs(_ projection: Projection) -> Int {
        switch projection {
        case .queryKeyValue: qkvWidth
        case .gateUp: 2 * feedForward
        case .output, .down: width
        }
    }
}

extension ParameterLayout.Layer {
    func offset(_ projection: Projection) -> Int {
        switch projection {
        case .queryKeyValue: queryKeyValue
        case .output: output
        case .gateUp: gateUp
        case .down: down
        }
    }
}

/// The layers' products, forward and backward, with their adapters where there are any.
///
/// `asking` is the first row whose queries are wanted: before it a `queryKeyValue` gives keys and values alone. Other
/// projections are called with the rows that ask, and 0.
extension DecoderPass {
    /// y = x W^T + beta y.
    func project(
        _ projection: Projection, _ layer: Int, rows: Int, from asking: Int = 0, _ x: UnsafePointer<Float>,
        beta: Float = 0, to y: UnsafeMutablePointer<Float>
    ) {
        let (inputs, outputs) = (c.inputs(projection), c.outputs(projection))
        if let rounded {
            // Rounded once for all parts.
            let left = workspace.left.pairsInRows(x, rows: rows, columns: inputs, stride: inputs)
            let right = rounded.transposed(projection, layer)
            for part in parts(projection, asking) {
                pairProduct(
                    rows - part.first, part.count, inputs, left.from(row: part.first),
                    right.from(row: part.column), accumulate: beta != 0,
                    y + part.first * outputs + part.column, ldc: outputs)
            }
        } else {
            let w = matrix(projection, layer)
            for part in parts(projection, asking) {
                sgemm(
                    .no, .yes, rows - part.first, part.count, inputs, x + part.first * inputs, lda: inputs,
                    w + part.column * inputs, ldb: inputs, beta: beta, y + part.first * outputs + part.column,
                    ldc: outputs)
            }
        }
        guard let adapter = adapter(projection, layer) else { return }
        // A first: x A^T has r columns, and B A would be as large as the matrix itself.
        let t = reduced(adapter, x, rows: rows, inputs: inputs)
        for part in parts(projection, asking) {
            sgemm(
                .no, .yes, rows - part.first, part.count, adapter.rank, alpha: adapter.scale,
                t + part.first * adapter.rank, lda: adapter.rank, adapter.up + part.column * adapter.rank,
                ldb: adapter.rank, beta: 1, y + part.first * outputs + part.column, ldc: outputs)
        }
    }

    /// dx = dy W.
    func projectBackward(
        _ projection: Projection, _ layer: Int, rows: Int, from asking: Int = 0, _ dy: UnsafePointer<Float>,
        to dx: UnsafeMutablePointer<Float>
    ) {
        let (inputs, outputs) = (c.inputs(projection), c.outputs(projection))
        if let rounded {
            let left = workspace.left.pairsInRows(dy, rows: rows, columns: outputs, stride: outputs)
            let right = rounded.plain(projection, layer)
            // Parts sum over columns of dy that are not the same: the first writes dx, the others add to it.
            for (index, part) in parts(projection, asking).enumerated() {
                pairProduct(
                    rows - part.first, inputs, part.count,
                    left.from(row: part.first, pair: part.column / 2), right.from(pair: part.column / 2),
                    accumulate: index > 0, dx + part.first * inputs, ldc: inputs)
            }
        } else {
            let w = matrix(projection, layer)
            for (index, part) in parts(projection, asking).enumerated() {
                sgemm(
                    .no, .no, rows - part.first, inputs, part.count, dy + part.first * outputs + part.column,
                    lda: outputs, w + part.column * inputs, ldb: inputs, beta: index == 0 ? 0 : 1,
                    dx + part.first * inputs, ldc: inputs)
            }
        }
        guard let adapter = adapter(projection, layer) else { return }
        let dt = reducedGradient(adapter, dy, rows: rows, outputs: outputs, parts(projection, asking))
        sgemm(
            .no, .no, rows, inputs, adapter.rank, dt, lda: adapter.rank, adapter.down, ldb: inputs, beta: 1,
            dx, ldc: inputs)
    }

    /// Adds the gradient of W, dy^T x, or of its adapter, given the gradient's place of offset 0.
    func projectionGradient(
        _ projection: Projection, _ layer: Int, rows: Int, from asking: Int = 0, _ dy: UnsafePointer<Float>,
        _ x: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>
    ) {
        let (inputs, outputs) = (c.inputs(projection), c.outputs(projection))
        let parts = parts(projection, asking)
        // Of an adapted matrix the adapter alone learns.
        guard let adapter = adapter(projection, layer) else {
            let target = gradient + parameters.layout.layers[layer].offset(projection)
            if rounded != nil {
                // The sum runs over rows, so both operands have their pairs in columns.
                for part in parts {
                    let left = workspace.left.pairsInColumns(
                        dy + part.first * outputs + part.column, rows: rows - part.first,
                        columns: part.count, stride: outputs)
                    let right = workspace.right.pairsInColumns(
                        x + part.first * inputs, rows: rows - part.first, columns: inputs, stride: inputs)
                    pairProduct(
                        part.count, inputs, rows - part.first, left, right, accumulate: true,
                        target + part.column * inputs, ldc: inputs)
                }
                return
            }
            for part in parts {
                sgemm(
                    .yes, .no, part.count, inputs, rows - part.first,
                    dy + part.first * outputs + part.column, lda: outputs, x + part.first * inputs,
                    ldb: inputs, beta: 1, target + part.column * inputs, ldc: inputs)
            }
            return
        }
        let rank = adapter.rank
        let t = reduced(adapter, x, rows: rows, inputs: inputs)
        for part in parts {
            sgemm(
                .yes, .no, part.count, rank, rows - part.first, alpha: adapter.scale,
                dy + part.first * outputs + part.column, lda: outputs, t + part.first * rank, ldb: rank,
                beta: 1, gradient + adapter.offsets.up + part.column * rank, ldc: rank)
        }
        let dt = reducedGradient(adapter, dy, rows: rows, outputs: outputs, parts)
        sgemm(
            .yes, .no, rank, inputs, rows, dt, lda: rank, x, ldb: inputs, beta: 1,
            gradient + adapter.offsets.down, ldc: inputs)
    }

    private func matrix(_ projection: Projection, _ layer: Int) -> UnsafePointer<Float> {
        if folded.isFolded, projection == .queryKeyValue { return folded.queryKeyValue(layer) }
        if folded.isFolded, projection == .gateUp { return folded.gateUp(layer) }
        return matrix(
            parameters.layout.layers[layer].offset(projection),
            count: c.inputs(projection) * c.outputs(projection))
    }

    /// Columns `column..<column + count` of y, which are there from row `first` on.
    private typealias Part = (column: Int, count: Int, first: Int)

    /// All columns; or keys and values of all rows, then the asking rows' queries.
    private func parts(_ projection: Projection, _ asking: Int) -> [Part] {
        guard projection == .queryKeyValue, asking > 0 else { return [(0, c.outputs(projection), 0)] }
        let (all, queries) = (c.qkvWidth, c.mixedWidth)
        // Keys and values first, as they are of all rows: where parts are summed, the first
        // writes each row and the second adds to some.
        return [(queries, all - queries, 0), (0, queries, asking)]
    }

    /// One matrix's adapter.
    private struct Adapter {
        let rank: Int
        let scale: Float
        let offsets: (down: Int, up: Int)
        /// A and B.
        let down, up: UnsafePointer<Float>
    }

    private func adapter(_ projection: Projection, _ layer: Int) -> Adapter? {
        guard let all = learning.adapters, let offsets = all.offsets(projection, layer: layer) else {
            return nil
        }
        let base = UnsafePointer(all.tensors.base)
        return Adapter(
            rank: all.rank, scale: all.scale, offsets: offsets, down: base + offsets.down,
            up: base + offsets.up)
    }

    /// x A^T, [rows, r], which holds until the next call.
    private func reduced(
        _ adapter: Adapter, _ x: UnsafePointer<Float>, rows: Int, inputs: Int
    ) -> UnsafePointer<Float> {
        workspace.reduced.reserve(rows * adapter.rank)
        sgemm(
            .no, .yes, rows, adapter.rank, inputs, x, lda: inputs, adapter.down, ldb: inputs,
            workspace.reduced.base, ldc: adapter.rank)
        return UnsafePointer(workspace.reduced.base)
    }

    /// (alpha / r) dy B, the gradient of x A^T, which holds until the next call.
    private func reducedGradient(
        _ adapter: Adapter, _ dy: UnsafePointer<Float>, rows: Int, outputs: Int, _ parts: [Part]
    ) -> UnsafePointer<Float> {
        let rank = adapter.rank
        workspace.reducedGradient.reserve(rows * rank)
        for (index, part) in parts.enumerated() {
            sgemm(
                .no, .no, rows - part.first, rank, part.count, alpha: adapter.scale,
                dy + part.first * outputs + part.column, lda: outputs, adapter.up + part.column * rank,
                ldb: rank, beta: index == 0 ? 0 : 1, workspace.reducedGradient.base + part.first * rank,
                ldc: rank)
        }
        return UnsafePointer(workspace.reducedGradient.base)
    }
}
