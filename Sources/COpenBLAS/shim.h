#include <cblas.h>
#include <stddef.h>

/// LAPACK's eigenvalues and eigenvectors of a symmetric matrix, which OpenBLAS has with it; the lengths of the two texts come last.
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info, size_t jobz_length, size_t uplo_length);
