/// What is checked of a published run before any of its file is taken in.
extension PublishedRun {
    private enum Defect: Error, CustomStringConvertible {
        case identity
        case noMetrics

        var description: String {
            switch self {
            case .identity: "the run's id is not the hash of its configuration: the line was changed"
            case .noMetrics: "the run has no metrics: it was not finished"
            }
        }
    }

    /// - Throws: For a run whose line was changed, or that was not finished.
    static func check(_ run: PublishedRun) throws {
        guard RunConfiguration.identity(canonicalJSON: run.configuration) == run.id else {
            throw Defect.identity
        }
        guard !run.metrics.isEmpty else { throw Defect.noMetrics }
    }

    /// Checks that the values are of as many queries as there are names.
    ///
    /// - Parameter names: The queries that the values are of; nil where no run has named any so far.
    func checkQueryValues(_ names: [String]?) throws {
        guard let queryValues else { return }
        guard let names else { throw PublishedQueryValues.Fault.noNames }
        for metric in queryValues {
            let count = try PublishedQueryValues.unpacked(metric.values).count
            guard count == names.count else {
                throw PublishedQueryValues.Fault.wrongCount(values: count, queries: names.count)
            }
        }
    }
}
