import Foundation

/// A metric's value with its 95 % interval, as fractions; the interval is nil where nothing gives one.
struct Estimate: Equatable {
    var value: Double
    var low: Double?
    var high: Double?
    /// Standard deviation over the seeds that `value` is the mean of; nil for fewer than two.
    var spread: Double?
}

extension Estimate {
    /// In percent: `95.62 (95.05-96.18)`, with several seeds `95.62 ± 0.21 (95.05-96.18)`.
    var text: String {
        var text = percent(value)
        if let spread { text += " ± \(percent(spread))" }
        if let low, let high { text += " (\(percent(low))-\(percent(high)))" }
        return text
    }
}

/// A fraction in percent with two decimals, never "-0.00".
func percent(_ fraction: Double) -> String {
    let text = String(format: "%.2f", fraction * 100)
    return text == "-0.00" ? "0.00" : text
}

/// The same, empty for nil.
func percent(_ fraction: Double?) -> String { fraction.map { percent($0) } ?? "" }

/// A number with so many decimals.
func decimal(_ number: Double, _ places: Int) -> String { String(format: "%.\(places)f", number) }

/// 701954 as "701,954".
func grouped(_ number: Int) -> String {
    // The smallest integer has a magnitude and no negative.
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return text
}

/// The smallest and the largest of some counts, "1,800" or "900-1,800"; empty for none.
func span(_ counts: [Int?]) -> String {
    let known = counts.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else { return "" }
    return low == high ? grouped(low) : "\(grouped(low))-\(grouped(high))"
}
