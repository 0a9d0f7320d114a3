#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

/// Holds the OpenMP runtime that oneDNN is built on to one thread, on the calling thread.
///
/// OpenMP keeps this number for each thread by itself, so every thread that multiplies asks for it once. The function
/// is looked up while the program runs because a oneDNN may be built on another runtime, or on none.
static inline void rank_hold_onednn_to_one_thread(void) {
    static _Thread_local int held = 0;
    if (held) return;
    held = 1;
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program == NULL) return;
    void (*set_threads)(int) = (void (*)(int))dlsym(program, "omp_set_num_threads");
    if (set_threads != NULL) set_threads(1);
    dlclose(program);
}
