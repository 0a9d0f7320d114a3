#include <cblas.h>
#include <stddef.h>

/* OpenBLAS has LAPACK; a header of it is in a package of its own. */

/* Eigenvectors of a symmetric matrix. The last two are the lengths of the two texts, which Fortran passes behind all else. */
void dsyev_(const char *job, const char *triangle, const blasint *order, double *matrix, const blasint *rows,
            double *values, double *work, const blasint *work_size, blasint *status, size_t, size_t);

/* The QR decomposition of a matrix, and the orthogonal columns that it is made of. */
void dgeqrf_(const blasint *rows, const blasint *columns, double *matrix, const blasint *stride, double *reflectors,
             double *work, const blasint *work_size, blasint *status);
void dorgqr_(const blasint *rows, const blasint *columns, const blasint *count, double *matrix, const blasint *stride,
             const double *reflectors, double *work, const blasint *work_size, blasint *status);
