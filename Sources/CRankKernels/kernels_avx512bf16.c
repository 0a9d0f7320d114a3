#if defined(__x86_64__)
#include "kernels/variant.h"
#define RK_LANES 16
#define RK_BFLOAT16 1
#define RK_VARIANT(name) name##_avx512bf16
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi2"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
