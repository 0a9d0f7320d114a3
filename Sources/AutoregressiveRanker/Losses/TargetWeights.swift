import LanguageModels

/// Sums of weights by (place, token), in the order of first use.
struct TargetWeights {
    private var order: [(place: Int, token: Int32, weight: Double)] = []
    private var indexOf: [Int: Int] = [:]

    mutating func add(place: Int, token: Int32, _ weight: Double) {
        // One word in place of a pair: this is called for every token of a minibatch. Both parts have 32 bits.
        let key = place << 32 | Int(token)
        if let index = indexOf[key] {
            order[index].weight += weight
        } else {
            indexOf[key] = order.count
            order.append((place, token, weight))
        }
    }

    /// The sums as the decoder takes them. Where sums are 0 the decoder leaves them out.
    var targets: [TokenTarget] {
        order.map { TokenTarget(place: $0.place, token: $0.token, weight: Float($0.weight)) }
    }
}
