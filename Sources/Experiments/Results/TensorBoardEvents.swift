import Foundation
import Tensors

/// A run's scalars as TensorBoard's event file: records of the protocol buffer `Event`, each with its length and CRC-32C
/// checksums (tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto).
public struct TensorBoardEvents: Sendable {
    /// The file's bytes; the same scalars give the same bytes.
    public private(set) var data = Data()
    private let time: Double

    /// - Parameter time: When the run was begun, in seconds since 1970: what every event is given, as a curve's points
    ///   have no times of their own.
    public init(time: Double) {
        self.time = time
        var event = ProtocolBuffer()
        // Event.wall_time, and Event.file_version, without which TensorBoard reads nothing.
        event.double(1, time)
        event.bytes(3, Data("brain.Event:2".utf8))
        append(event.data)
    }

    /// Adds each point of a curve.
    public mutating func add(_ curve: MeasuredCurve) {
        for (step, value) in zip(curve.steps, curve.values) { add(curve.name, step: step, value) }
    }

    /// Adds a metric with the ends of its interval, under its split's name.
    public mutating func add(_ metric: MeasuredMetric, step: Int) {
        let variant = metric.score.map { " (\($0))" } ?? ""
        let tag = "\(metric.split)/\(metric.name)\(variant)"
        add(tag, step: step, metric.value)
        if let low = metric.low { add(tag + " low", step: step, low) }
        if let high = metric.high { add(tag + " high", step: step, high) }
    }

    private mutating func add(_ tag: String, step: Int, _ value: Double) {
        var scalar = ProtocolBuffer()
        // Summary.Value.tag and simple_value.
        scalar.bytes(1, Data(tag.utf8))
        scalar.float(2, Float(value))
        var summary = ProtocolBuffer()
        // Summary.value, a list of one.
        summary.bytes(1, scalar.data)
        var event = ProtocolBuffer()
        // Event.wall_time, step and summary.
        event.double(1, time)
        event.integer(2, UInt64(bitPattern: Int64(step)))
        event.bytes(5, summary.data)
        append(event.data)
    }

    private mutating func append(_ record: Data) {
        let length = withUnsafeBytes(of: UInt64(record.count).littleEndian) { Data($0) }
        for part in [length, record] {
            data.append(part)
            withUnsafeBytes(of: CRC32C.masked(part).littleEndian) { data.append(contentsOf: $0) }
        }
    }
}

/// The few kinds of fields that an event has.
private struct ProtocolBuffer {
    private(set) var data = Data()

    mutating func integer(_ field: UInt64, _ value: UInt64) {
        variable(field << 3)
        variable(value)
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        variable(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }

    mutating func bytes(_ field: UInt64, _ value: Data) {
        variable(field << 3 | 2)
        variable(UInt64(value.count))
        data.append(value)
    }

    mutating func float(_ field: UInt64, _ value: Float) {
        variable(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }

    /// Seven bits a byte, the lowest first.
    private mutating func variable(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            data.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        data.append(UInt8(rest))
    }
}

/// The checksum of Castagnoli, Brauer and Herrmann 1993 (DOI 10.1109/26.231911), bits reflected.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    }

    static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(UInt32.max) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xff)] }
    }

    /// As event files keep it: rotated and shifted, so that a checksum of checksums is none of their own.
    static func masked(_ data: Data) -> UInt32 {
        let crc = checksum(data)
        return (crc >> 15 | crc << 17) &+ 0xa282_ead8
    }
}

extension ResultsDatabase {
    /// Writes one event file a finished run of the sweep, in a folder each: `ROW-SEED-ID` below `folder`.
    ///
    /// - Returns: How many were written.
    /// - Throws: `ResultsError.nothingToExport` if no run has finished, or `FileFailure`.
    public func exportEvents(sweep: String, scale: String, to folder: URL) throws -> Int {
        let finished = try runs(sweep: sweep, scale: scale).filter { $0.state == .finished }
        guard !finished.isEmpty else { throw ResultsError.nothingToExport(sweep: sweep, scale: scale) }
        for run in finished {
            let place = try memberships(of: run.id).first { $0.sweep == sweep && $0.scale == scale }
            let row = [place?.panel ?? "", place?.row ?? "", "\(run.configuration.seed)"]
                .filter { !$0.isEmpty }.joined(separator: "-").replacing("/", with: "_")
            try write(
                events(run), to: folder.appendingPathComponent("\(row)-\(run.id.prefix(12))"))
        }
        return finished.count
    }

    private func events(_ run: RunRecord) throws -> Data {
        try snapshot { snapshot in
            let started = try snapshot.facts(of: run.id).first { $0.name == "started" }?.value
            let date = started.flatMap { ISO8601DateFormatter().date(from: $0) }
            var events = TensorBoardEvents(time: date?.timeIntervalSince1970 ?? 0)
            for curve in try snapshot.curves(of: run.id) { events.add(curve) }
            for metric in try snapshot.metrics(of: run.id) {
                events.add(metric, step: run.configuration.steps)
            }
            return events.data
        }
    }

    private func write(_ events: Data, to folder: URL) throws {
        let file = folder.appendingPathComponent("events.out.tfevents.0.rankbridge")
        try FileFailure.naming(file) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try OutputFile(file.path).write(Array(events))
    }
}
