#if defined(__x86_64__)
#include "kernels/variant.h"
#define RK_LANES 8
#define RK_BFLOAT16 0
#define RK_VARIANT(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2"))), apply_to = function)
#include "kernels/all.h"
#pragma clang attribute pop
#endif
