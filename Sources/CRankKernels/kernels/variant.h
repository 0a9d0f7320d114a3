/// What a variant of the kernels includes before it says which instructions it may use.
#include "CRankKernels.h"
#include "sizes.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
