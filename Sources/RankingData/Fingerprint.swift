import COpenSSL
import Foundation

/// A SHA-256 over bytes as they come: what data, models and configurations are identified by.
///
/// Computed by OpenSSL's libcrypto (FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4).
public final class Fingerprint {
    private let context: OpaquePointer?

    /// The fingerprint of no bytes yet.
    public init() {
        context = EVP_MD_CTX_new()
        precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Appends `bytes` to what has been hashed so far.
    public func update(_ bytes: some ContiguousBytes) {
        let updated = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(updated == 1, "libcrypto could not hash")
    }

    /// The hash of all bytes so far as 64 lower-case hexadecimal digits. It may be asked for once.
    public func hexadecimal() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        precondition(EVP_DigestFinal_ex(context, &digest, nil) == 1, "the hash was asked for twice")
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
    public static func of(_ bytes: some ContiguousBytes) -> String {
        let fingerprint = Fingerprint()
        fingerprint.update(bytes)
        return fingerprint.hexadecimal()
    }
}
