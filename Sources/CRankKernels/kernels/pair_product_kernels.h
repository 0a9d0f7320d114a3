/// Products of matrices in bfloat16: a dword holds two neighbours along the summed dimension, the first in its lower half.

/// acc + a's lower halves times b's + a's upper halves times b's, in float32.
static inline fv add_pair_products(fv acc, iv a, iv b) {
#if RK_BFLOAT16
    return (fv)_mm512_dpbf16_ps((__m512)acc, (__m512bh)a, (__m512bh)b);
#else
    // A bfloat16 with a lower half of zeros is the float of the same value.
    fv low = fv_fma(__builtin_bit_cast(fv, a << 16), __builtin_bit_cast(fv, b << 16), acc);
    return fv_fma(__builtin_bit_cast(fv, a & (int32_t)0xffff0000), __builtin_bit_cast(fv, b & (int32_t)0xffff0000), low);
#endif
}

/// The upper halves of floats, rounded to nearest, ties to even; what is not a number stays so.
static inline iv rounded(fv x) {
#if RK_BFLOAT16
    return (iv)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)x));
#else
    iv bits = __builtin_bit_cast(iv, x), odd = (bits >> 16) & 1;
    // Half a unit less one, and one more where the last bit that stays is odd: ties go to even.
    iv nearest = ((bits + 0x7fff + odd) >> 16) & 0xffff;
    // In what is not a number the addition could carry into the exponent and make infinity; 0x7fc0 is a quiet NaN.
    return x == x ? nearest : (iv)(0x7fc0);
#endif
}

static inline iv iv_load(const uint32_t *p) {
    iv v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void iv_store(uint32_t *p, iv v) { memcpy(p, &v, sizeof v); }

/// Rows and vectors of columns whose sums are in registers; pairs and rows that stay in the cache meanwhile.
#if RK_LANES == 16
enum { PAIR_ROWS = 6, PAIR_VECTORS = 4 };
#else
enum { PAIR_ROWS = 4, PAIR_VECTORS = 2 };
#endif
enum { BLOCK_PAIRS = 512, BLOCK_ROWS = 96 };

#define UNROLLED(INDEX, COUNT) _Pragma("clang loop unroll(full)") for (int INDEX = 0; INDEX < COUNT; INDEX++)
#define TILE(ROWS, VECTORS, LAST)                                                                              \
    {                                                                                                          \
        fv sum[ROWS][VECTORS];                                                                                 \
        UNROLLED(r, ROWS)                                                                                      \
        UNROLLED(v, VECTORS) {                                                                                 \
            const float *c = C + (i + r) * ldc + j + RK_LANES * v;                                             \
            sum[r][v] = !accumulate ? fv_set(0)                                                                \
                        : v == VECTORS - 1 ? fv_load_part(c, LAST, 0) : fv_load(c);                            \
        }                                                                                                      \
        const uint32_t *a = A + i * row_stride, *b = B + j;                                                    \
        for (size_t p = 0; p < pairs; p++, a += pair_stride, b += ldb) {                                       \
            iv bv[VECTORS];                                                                                    \
            UNROLLED(v, VECTORS) bv[v] = iv_load(b + RK_LANES * v);                                            \
            UNROLLED(r, ROWS) {                                                                                \
                iv av = (iv)((int32_t)a[r * row_stride]);                                                      \
                UNROLLED(v, VECTORS) sum[r][v] = add_pair_products(sum[r][v], av, bv[v]);                      \
            }                                                                                                  \
        }                                                                                                      \
        UNROLLED(r, ROWS)                                                                                      \
        UNROLLED(v, VECTORS) {                                                                                 \
            float *c = C + (i + r) * ldc + j + RK_LANES * v;                                                   \
            if (v == VECTORS - 1) fv_store_part(c, sum[r][v], LAST); else fv_store(c, sum[r][v]);              \
        }                                                                                                      \
    }
#define COLUMNS(VECTORS, LAST)                                                                                 \
    {                                                                                                          \
        size_t i = first;                                                                                      \
        for (; i + PAIR_ROWS <= end; i += PAIR_ROWS) TILE(PAIR_ROWS, VECTORS, LAST)                            \
        for (; i + 2 <= end; i += 2) TILE(2, VECTORS, LAST)                                                    \
        for (; i < end; i++) TILE(1, VECTORS, LAST)                                                            \
    }
/// Rows first ..< end of the product, over as many pairs as stay in the cache.
static void block_product(size_t first, size_t end, size_t n, size_t pairs, const uint32_t *A, size_t row_stride,
                          size_t pair_stride, const uint32_t *B, size_t ldb, float *C, size_t ldc, int accumulate) {
    // Columns are the outer loop: a strip of B stays in the cache while all rows of the block pass over it.
    size_t j = 0;
    for (; j + PAIR_VECTORS * RK_LANES <= n; j += PAIR_VECTORS * RK_LANES) COLUMNS(PAIR_VECTORS, RK_LANES)
    for (; j + 2 * RK_LANES <= n; j += 2 * RK_LANES) COLUMNS(2, RK_LANES)
    for (; j < n; j += RK_LANES) COLUMNS(1, lanes_left(j, n))
}

#undef COLUMNS
#undef TILE
#undef UNROLLED

void rk_pair_product(size_t m, size_t n, size_t pairs, const uint32_t *A, size_t row_stride, size_t pair_stride,
                     const uint32_t *B, size_t ldb, float *C, size_t ldc, int accumulate) {
    for (size_t p = 0; p < pairs; p += BLOCK_PAIRS) {
        size_t count = pairs - p < BLOCK_PAIRS ? pairs - p : BLOCK_PAIRS;
        // C keeps the sums from one block of pairs to the next. Each element adds its pairs in ascending order, in
        // whichever tile it lies, so its bits do not depend on m and n.
        for (size_t i = 0; i < m; i += BLOCK_ROWS)
            block_product(i, i + BLOCK_ROWS < m ? i + BLOCK_ROWS : m, n, count, A + p * pair_stride, row_stride,
                          pair_stride, B + p * ldb, ldb, C, ldc, accumulate || p > 0);
    }
}

void rk_round_to_bfloat16(const float *from, size_t columns, uint16_t *to) {
    size_t c = 0;
#if RK_BFLOAT16
    for (; c + 32 <= columns; c += 32) {
        // The instruction puts its second operand into the lower half.
        __m512bh halves = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + c + 16), _mm512_loadu_ps(from + c));
        memcpy(to + c, &halves, sizeof halves);
    }
#endif
    for (; c < columns; c += RK_LANES) {
        size_t lanes = lanes_left(c, columns);
        iv halves = rounded(fv_load_part(from + c, lanes, 0));
        for (size_t lane = 0; lane < lanes; lane++) to[c + lane] = (uint16_t)halves[lane];
    }
}

/// A row's elements, rounded, in whole pairs.
static void round_row(const float *from, size_t columns, uint16_t *to) {
    rk_round_to_bfloat16(from, columns, to);
    // The partner of an odd last element must add nothing to a product.
    if (columns % 2) to[columns] = 0;
}

void rk_pair_columns(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo) {
    for (size_t r = 0; r < rows; r++) round_row(x + r * ldx, columns, (uint16_t *)(out + r * ldo));
}

void rk_pair_rows(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo) {
    for (size_t r = 0; r < rows; r += 2) {
        const float *first = x + r * ldx, *second = first + ldx;
        for (size_t c = 0; c < columns; c += RK_LANES) {
            size_t lanes = lanes_left(c, columns);
            iv low = rounded(fv_load_part(first + c, lanes, 0));
            iv high = r + 1 < rows ? rounded(fv_load_part(second + c, lanes, 0)) : (iv)(0);
            // A whole vector at the row's end too: `rk_pair_stride` leaves room for it.
            iv_store(out + r / 2 * ldo + c, low | (high << 16));
        }
    }
}

void rk_pair_transposed(const float *x, size_t rows, size_t columns, size_t ldx, uint32_t *out, size_t ldo) {
    // Squares of 16 by 16 dwords, so that both sides are whole lines of the cache.
    uint32_t square[16][16];
    for (size_t r = 0; r < rows; r += 16) {
        size_t count = rows - r < 16 ? rows - r : 16;
        for (size_t c = 0; c < columns; c += 32) {
            size_t width = columns - c < 32 ? columns - c : 32, pairs = (width + 1) / 2;
            for (size_t i = 0; i < count; i++) round_row(x + (r + i) * ldx + c, width, (uint16_t *)square[i]);
            for (size_t p = 0; p < pairs; p++)
                for (size_t i = 0; i < count; i++) out[(c / 2 + p) * ldo + r + i] = square[i][p];
        }
    }
}
