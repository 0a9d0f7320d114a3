/// Something that consists of options.
public protocol Configurable: Hashable, Sendable {
    /// All options at their defaults.
    static var defaults: Self { get }

    /// Every option. One that decides whether another counts stands before it.
    static var options: [OptionDeclaration<Self>] { get }

    /// Throws where options that are each within their range do not go together. The default asks nothing.
    func validateTogether() throws(ConfigurationError)
}

extension Configurable {
    public func validateTogether() throws(ConfigurationError) {}

    /// What a person is told of the options, in their order.
    public static var descriptions: [OptionDescription] {
        let defaults = defaults
        return options.map { $0.description(defaults) }
    }

    /// The options that count here, with their values, in their order.
    public var optionValues: [(key: String, value: OptionValue)] {
        Self.options.filter { $0.applies(self) }.map { ($0.key, $0.get(self)) }
    }

    /// The options that identify a run, with their values: those that count, but for those that are left out at
    /// their default and have it.
    public var identifyingValues: [(key: String, value: OptionValue)] {
        let defaults = Self.defaults
        return Self.options.filter { option in
            option.applies(self) && !(option.isLeftOutAtDefault && option.get(self) == option.get(defaults))
        }.map { ($0.key, $0.get(self)) }
    }

    /// The options of `values`, the others at their defaults; options that do not count have their default too, so
    /// that configurations that compute the same are equal.
    ///
    /// Names that no option has, and values of another sort, are ignored: whoever reads them has checked them.
    public init(values: [String: OptionValue]) {
        let defaults = Self.defaults
        let options = Self.options
        self = defaults
        for option in options { option.set(&self, values[option.key] ?? option.get(defaults)) }
        // Only after all values are set: whether an option counts may depend on any other.
        for option in options where !option.applies(self) { option.set(&self, option.get(defaults)) }
    }

    /// Throws at the first option that is outside its range, then where options do not go together.
    public func validate() throws(ConfigurationError) {
        for option in Self.options where option.applies(self) {
            let value = option.get(self)
            try ConfigurationError.require(
                option.legal.allows(value), option.key, value, option.legal.description)
        }
        try validateTogether()
    }
}
