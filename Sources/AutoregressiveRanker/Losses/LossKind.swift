import Rankers

/// The training losses by name.
public enum LossKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// Weighted cross entropies of docIDs' tokens (equation 11): every row of the paper's tables.
    case stoical
    /// Cross entropy between the documents' scores and their ranks (Cao et al. 2007).
    case listnet

    /// What lists of options say of the loss.
    var meaning: String {
        switch self {
        case .stoical: "weighted cross entropies of the tokens of docIDs (stoical, equation 11)"
        case .listnet: "the cross entropy between the distributions that ranks and scores give (listnet)"
        }
    }
}

extension LossConfiguration {
    /// The loss that these options describe.
    var training: TrainingLoss {
        switch kind {
        case .stoical: .ofTokens(SToICaL(self))
        case .listnet: .ofScores(ListNet(weighting: weighting))
        }
    }
}
