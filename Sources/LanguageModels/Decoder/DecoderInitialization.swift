/// The random weights that a decoder starts from.
public enum DecoderInitialization: String, Hashable, Sendable, CaseIterable {
    /// Each number is drawn for itself.
    case independent
    /// In each layer the query heads that share the first key head start as that key head; all else is as in `independent`.
    /// The product of both maps is then close to the identity, so that a token attends to tokens like itself from
    /// the first step on. Trockman and Kolter (2023, arXiv 2305.09828) saw such products in trained models and start
    /// from a softer form of them.
    case mimetic
    /// As `mimetic`, and each head's queries, keys, values and outputs are orthogonal maps (Saxe, McClelland and Ganguli 2014,
    /// arXiv 1312.6120). What a head carries from one token to another then keeps its inner products, so that the next layer
    /// can compare it.
    case orthogonal
}
