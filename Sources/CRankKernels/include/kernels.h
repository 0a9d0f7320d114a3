#pragma once
#include "attention.h"
#include "embedding_table.h"
#include "kernel_list.h"
#include "pair_product.h"
#include <stddef.h>
#include <stdint.h>

/// The sets of instructions that kernels are compiled for, the widest vectors last.
typedef enum {
    /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
    rk_plain,
    /// AVX2 and FMA (x86-64-v3).
    rk_avx2,
    /// AVX-512 F, BW, DQ and VL (x86-64-v4).
    rk_avx512,
    /// The same and AVX-512 BF16.
    rk_avx512bf16,
} rk_instructions;

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) RESULT(*NAME) PARAMETERS;
/// One variant of every kernel.
typedef struct {
RK_KERNELS(KERNEL)
} rk_kernels;
#undef KERNEL

/// The kernels for a set of instructions; NULL where this processor, or this build, does not have it.
const rk_kernels *rk_kernels_for(rk_instructions instructions);

/// The set that this process uses: the widest that the processor has, or what the environment variable
/// RANKBRIDGE_ISA names: plain, avx2, avx512 or avx512bf16. Chosen when the program starts; a set that is not known or not there
/// ends it with a sentence on stderr and code 64.
rk_instructions rk_instructions_in_use(void);

/// A set's name, as RANKBRIDGE_ISA has it.
const char *rk_instructions_name(rk_instructions instructions);
