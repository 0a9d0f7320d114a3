import COpenBLAS
import CRankKernels

#if ONEDNN
    import COneDNN
#endif

/// The libraries that compute matrix products, and which of them does on this machine.
///
/// The choice depends on the processor and on a product's shape alone, never on measured time or on the number of
/// threads: a machine gives the same bits each time.
public enum Products {
    enum Library: CaseIterable {
        case oneDNN
        case openBLAS
    }

    /// The libraries that this build has.
    static var available: [Library] {
        #if ONEDNN
            return [.oneDNN, .openBLAS]
        #else
            return [.openBLAS]
        #endif
    }

    /// oneDNN where the build has it and the processor has AVX-512, otherwise OpenBLAS.
    ///
    /// Debian's oneDNN 2.6.3 reaches twice OpenBLAS's rate with AVX-512, the same or half of it with AVX2, and two
    /// fifths with SSE 4.1; elsewhere (arm64) it has only a portable product.
    static let library: Library = {
        #if ONEDNN && arch(x86_64)
            return hasInstructions(dnnl_cpu_isa_avx512_core) ? .oneDNN : .openBLAS
        #else
            return .openBLAS
        #endif
    }()

    /// Multiplications below which a call of oneDNN costs more than the product: 8 x 8 x 8 takes it twice as long.
    private static let fewest = 4096

    /// The library for C[m, n] = A[m, k] B[k, n]. oneDNN leaves C as it is where k = 0, so OpenBLAS scales it.
    static func library(_ m: Int, _ n: Int, _ k: Int) -> Library {
        m * n * k < fewest ? .openBLAS : library
    }

    /// The library of large products with its version and the processor's instructions that it uses, and the kernels'
    /// instructions, for people to read.
    public static let description: String = {
        let kernels = String(cString: rk_instructions_name(rk_instructions_in_use()))
        return "\(libraryDescription), kernels \(kernels)"
    }()

    private static var libraryDescription: String {
        let openBLAS = String(cString: openblas_get_config())
        #if ONEDNN
            return library == .oneDNN ? oneDNNDescription : openBLAS
        #else
            return openBLAS
        #endif
    }
}

#if ONEDNN
    extension Products {
        /// The version of oneDNN that is loaded, and the largest set of instructions that it uses here.
        static var oneDNNDescription: String {
            guard let version = dnnl_version()?.pointee else { return "oneDNN" }
            return "oneDNN \(version.major).\(version.minor).\(version.patch) \(instructions)"
        }

        private static var instructions: String {
            if hasInstructions(dnnl_cpu_isa_avx512_core_bf16) { return "AVX-512 with bfloat16" }
            if hasInstructions(dnnl_cpu_isa_avx512_core) { return "AVX-512" }
            if hasInstructions(dnnl_cpu_isa_avx2) { return "AVX2" }
            if hasInstructions(dnnl_cpu_isa_sse41) { return "SSE 4.1" }
            return "portable"
        }

        /// Whether oneDNN uses all instructions of `set`; a larger set's bits contain a smaller one's, in versions 2 and 3.
        static func hasInstructions(_ set: dnnl_cpu_isa_t) -> Bool {
            dnnl_get_effective_cpu_isa().rawValue & set.rawValue == set.rawValue
        }
    }
#endif
