#include "dispatch.h"
#include "kernels/sizes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) RESULT NAME##_plain PARAMETERS;
RK_KERNELS(KERNEL)
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) .NAME = NAME##_plain,
static const rk_kernels plain = {
RK_KERNELS(KERNEL)
};
#undef KERNEL

#if defined(__x86_64__)
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                            \
    RESULT NAME##_avx2 PARAMETERS;                                                                             \
    RESULT NAME##_avx512 PARAMETERS;                                                                           \
    RESULT NAME##_avx512bf16 PARAMETERS;
RK_KERNELS(KERNEL)
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) .NAME = NAME##_avx2,
static const rk_kernels avx2 = {
RK_KERNELS(KERNEL)
};
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) .NAME = NAME##_avx512,
static const rk_kernels avx512 = {
RK_KERNELS(KERNEL)
};
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) .NAME = NAME##_avx512bf16,
static const rk_kernels avx512bf16 = {
RK_KERNELS(KERNEL)
};
#undef KERNEL

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int has_avx512(void) {
    // The compiler may use any of these in a variant's code, so all must be there.
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const rk_kernels *rk_kernels_for(rk_instructions instructions) {
#if defined(__x86_64__)
    // `choose` runs before main, perhaps before the compiler's runtime has looked at the processor by itself.
    __builtin_cpu_init();
    if (instructions == rk_avx512bf16) return has_avx512() && __builtin_cpu_supports("avx512bf16") ? &avx512bf16 : NULL;
    if (instructions == rk_avx512) return has_avx512() ? &avx512 : NULL;
    if (instructions == rk_avx2) return has_avx2() ? &avx2 : NULL;
#endif
    return instructions == rk_plain ? &plain : NULL;
}

static rk_instructions in_use = rk_plain;
const rk_kernels *rk_current_kernels = &plain;

const char *rk_instructions_name(rk_instructions instructions) {
    static const char *const names[] = {"plain", "avx2", "avx512", "avx512bf16"};
    return names[instructions];
}

rk_instructions rk_instructions_in_use(void) { return in_use; }

/// Before main: the widest set that is there, or the one that the environment names.
__attribute__((constructor)) static void choose(void) {
    // No kernel has been called yet and there is one thread, so the choice needs no lock.
    const char *wanted = getenv("RANKBRIDGE_ISA");
    for (int set = rk_avx512bf16; set >= rk_plain; set--) {
        const rk_kernels *variant = rk_kernels_for((rk_instructions)set);
        if (variant == NULL) continue;
        if (wanted != NULL && wanted[0] != 0 && strcmp(wanted, rk_instructions_name((rk_instructions)set)) != 0) continue;
        in_use = (rk_instructions)set;
        rk_current_kernels = variant;
        return;
    }
    fprintf(stderr, "RANKBRIDGE_ISA is '%s': this processor has", wanted);
    for (int set = rk_plain; set <= rk_avx512bf16; set++)
        if (rk_kernels_for((rk_instructions)set) != NULL) fprintf(stderr, " %s", rk_instructions_name((rk_instructions)set));
    fprintf(stderr, "\n");
    // 64 is EX_USAGE of sysexits.h.
    _exit(64);
}

// The kernels that everybody calls: each goes to the variant in use.
#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) RESULT NAME PARAMETERS { return rk_current_kernels->NAME ARGUMENTS; }
RK_KERNELS(KERNEL)
#undef KERNEL

size_t rk_full_attention_scratch(size_t tokens, size_t d) { return (d + tokens) * rk_padded(tokens); }
