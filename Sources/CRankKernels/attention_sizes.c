#include "attention.h"
#include "kernels/sizes.h"

#include "kernels/attention_keys.h"

size_t rk_attention_log_sums(const rk_sequence *s, const rk_attention_shape *shape) {
    return (size_t)shape->heads * layout_of(s, shape).rows;
}

size_t rk_attention_scratch(const rk_sequence *s, const rk_attention_shape *shape) {
    attention_layout l = layout_of(s, shape);
    attention_scratch parts;
    return divide(&l, NULL, &parts);
}
