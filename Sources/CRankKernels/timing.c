#include "timing.h"
#include "dispatch.h"
#include <time.h>

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) part_##NAME,
enum {
RK_KERNELS(KERNEL)
    part_sgemm,
    part_count
};
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) #NAME,
static const char *const names[] = {
RK_KERNELS(KERNEL)
    "sgemm"};
#undef KERNEL

static uint64_t nanoseconds[part_count];
static const rk_kernels *timed;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

typedef struct {
    int part;
    uint64_t begin;
} stopwatch;

static void stop(stopwatch *watch) {
    // Relaxed: only the sums count, and nothing is read by the order in which threads add.
    __atomic_fetch_add(&nanoseconds[watch->part], now() - watch->begin, __ATOMIC_RELAXED);
}

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS)                                                            \
    static RESULT timed_##NAME PARAMETERS {                                                                    \
        __attribute__((cleanup(stop))) stopwatch watch = {part_##NAME, now()};                                 \
        return timed->NAME ARGUMENTS;                                                                          \
    }
RK_KERNELS(KERNEL)
#undef KERNEL

#define KERNEL(RESULT, NAME, PARAMETERS, ARGUMENTS) .NAME = timed_##NAME,
static const rk_kernels timed_kernels = {
RK_KERNELS(KERNEL)
};
#undef KERNEL

void rk_take_times(int on) {
    if (on == rk_takes_times()) return;
    for (int part = 0; on && part < part_count; part++) nanoseconds[part] = 0;
    // The variant that is in use goes on computing, behind the functions that take its times.
    if (on) timed = rk_current_kernels;
    rk_current_kernels = on ? &timed_kernels : timed;
}

int rk_takes_times(void) { return rk_current_kernels == &timed_kernels; }
int rk_part_count(void) { return part_count; }
const char *rk_part_name(int part) { return names[part]; }
double rk_part_seconds(int part) { return (double)nanoseconds[part] * 1e-9; }
uint64_t rk_product_begins(void) { return now(); }

void rk_product_ended(uint64_t begin) {
    stopwatch watch = {part_sgemm, begin};
    stop(&watch);
}
