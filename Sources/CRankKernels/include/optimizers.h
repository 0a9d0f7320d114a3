#pragma once
#include <stddef.h>

/// One pass of AdamW over n parameters: moments, bias correction and decoupled decay at once.
/// `gradient_scale` multiplies the gradient first (clipping, averaging).
void rk_adamw(float *parameters, const float *gradient, float *first, float *second, size_t n, float gradient_scale,
              float learning_rate, float beta1, float beta2, float epsilon, float correction1, float correction2,
              float weight_decay);
