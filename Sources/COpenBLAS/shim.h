#include <cblas.h>
#include <stddef.h>

/* LAPACK's eigenvectors of a symmetric matrix. OpenBLAS has LAPACK; a header of it is in a package of its own. The last
   two are the lengths of the two texts, which Fortran passes behind all else. */
void dsyev_(const char *job, const char *triangle, const blasint *order, double *matrix, const blasint *rows,
            double *values, double *work, const blasint *work_size, blasint *status, size_t, size_t);
