void rk_adamw(float *restrict parameters, const float *restrict gradient, float *restrict first, float *restrict second,
              size_t n, float gradient_scale, float learning_rate, float beta1, float beta2, float epsilon,
              float correction1, float correction2, float weight_decay) {
    // All that does not depend on the parameter is computed once: sqrt(v / correction2) becomes sqrt(v) * root.
    float step = learning_rate / correction1, root = 1.0f / sqrtf(correction2), keep = 1.0f - learning_rate * weight_decay;
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] * gradient_scale;
        float m = beta1 * first[i] + (1.0f - beta1) * g;
        float v = beta2 * second[i] + (1.0f - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        parameters[i] = keep * parameters[i] - step * m / (sqrtf(v) * root + epsilon);
    }
}
