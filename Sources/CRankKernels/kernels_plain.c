#include "kernels/variant.h"
#define RK_LANES 4
#define RK_BFLOAT16 0
#define RK_VARIANT(name) name##_plain
#include "kernels/all.h"
