import Experiments
import Foundation

/// A run's curve as a small SVG in the page, in the page's own colours.
struct CurveDrawing {
    private let curve: MeasuredCurve
    private static let (width, height) = (460.0, 200.0)
    private static let (left, right, top, bottom) = (64.0, 12.0, 12.0, 30.0)

    init(_ curve: MeasuredCurve) { self.curve = curve }

    /// The most points that a picture of this width shows apart; results.db has all of them.
    private static let mostPoints = 100

    var svg: String {
        let finite = zip(curve.steps, curve.values).filter { $0.1.isFinite }
        // Every n-th, counted from the end, so that the last one is what the run ended with.
        let stride = (finite.count + Self.mostPoints - 1) / Self.mostPoints
        let points = finite.enumerated().filter { (finite.count - 1 - $0.offset) % max(1, stride) == 0 }.map(
            \.element)
        guard let first = points.first, let last = points.last else { return "" }
        let (low, high) = (points.map(\.1).min() ?? 0, points.map(\.1).max() ?? 1)
        let name = Escaping.markup(curve.name.replacing("_", with: " "))
        // A level curve has no range to divide by.
        let range = high > low ? high - low : 1
        let steps = Double(max(1, last.0 - first.0))
        func x(_ step: Int) -> Double {
            Self.left + (Self.width - Self.left - Self.right) * Double(step - first.0) / steps
        }
        // In SVG y grows downwards.
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - (Self.height - Self.top - Self.bottom) * (value - low) / range
        }
        let path = points.map { String(format: "%.0f,%.0f", x($0.0), y($0.1)) }.joined(separator: " ")
        let said = "\(name) from \(number(first.1)) at step \(first.0) to \(number(last.1)) at step \(last.0)"
        let marks =
            (high > low ? [low, high] : [low]).map { value in
                "<line class=\"rule\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" "
                    + "y1=\"\(String(format: "%.1f", y(value)))\" y2=\"\(String(format: "%.1f", y(value)))\"/>"
                    + "<text x=\"\(Self.left - 6)\" y=\"\(String(format: "%.1f", y(value) + 4))\" "
                    + "text-anchor=\"end\">\(number(value))</text>"
            }.joined()
        return """
            <figure class="curve"><figcaption>\(name)</figcaption>
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(said)">
            \(marks)<text x="\(Self.left)" y="\(Self.height - 10)">step \(first.0)</text>
            <text x="\(Self.width - Self.right)" y="\(Self.height - 10)" text-anchor="end">step \(last.0)</text>
            <polyline points="\(path)"/></svg></figure>

            """
    }

    private func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
