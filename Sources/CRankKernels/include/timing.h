#pragma once
#include <stdint.h>

/// Time spent in each kernel and in matrix products, over all threads, for benchmarks.

/// Starts (all sums at zero) or stops taking times. Not while kernels run.
void rk_take_times(int on);

/// Number of parts: every kernel by its name, and "sgemm".
int rk_part_count(void);
const char *rk_part_name(int part);
/// Seconds of a part, all threads added up.
double rk_part_seconds(int part);

/// What a product calls before and after, if times are taken at all.
int rk_takes_times(void);
uint64_t rk_product_begins(void);
void rk_product_ended(uint64_t begin);
