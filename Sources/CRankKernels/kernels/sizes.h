#pragma once
#include <stddef.h>

/// Scratch is laid out for the widest vectors, whichever are used.
enum { RK_PADDING = 16 };

static inline size_t rk_padded(size_t count) { return (count + RK_PADDING - 1) / RK_PADDING * RK_PADDING; }
