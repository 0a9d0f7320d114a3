#pragma once
#include "CRankKernels.h"

/// The variant that everybody's calls go to.
extern const rk_kernels *rk_current_kernels;
