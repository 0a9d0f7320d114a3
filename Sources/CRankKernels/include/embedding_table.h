#pragma once
#include <stddef.h>
#include <stdint.h>

/// Dense optimiser updates of an embedding table, done where and when a row is needed.
///
/// A row that a minibatch does not touch still moves under momentum (or Adam), but the way it moves
/// depends on the row alone. So its missed steps are made up when it is next touched: the same
/// trajectory as a pass over the whole table in every step, without reading the table in every step.
///
/// `stride`, the distance between rows, may be larger than a row is long: what pads a row is 0 and stays 0.

/// Momentum SGD with projection of every row to the unit sphere after every step:
///   m <- mu m + g,  x <- (x - eta m) / |x - eta m|.
typedef struct {
    float rate;           // eta
    float momentum;       // mu, in [0, 1)
    const float *powers;  // powers[j] = mu^j
    size_t power_count;   // later powers count as 0
} rk_sphere;

/// Rows as they stand after `step` steps, given that row r was last written after last[r] steps.
///
/// Writes x[i] and mu^k momentum (k: steps missed) for row rows[i], at distance `stride`; leaves the
/// table alone. rows == NULL means rows 0..<count.
void rk_sphere_gather(
    const rk_sphere *optimizer, const float *table, const float *momentum, const float *last,
    const int32_t *rows, size_t count, size_t stride, size_t step, float *x, float *m);

/// One step of rows whose state `rk_sphere_gather` wrote to x and m, with gradients g; writes the table,
/// the momentum, and last[r] = step (the number of steps done, this one included).
void rk_sphere_update(
    const rk_sphere *optimizer, float *table, float *momentum, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, const float *x, const float *m, const float *g);

/// Adam (Kingma and Ba 2015, arXiv 1412.6980) with L2 decay added to the gradient (`coupled`), or
/// weights shrunk by a factor before the update (`shrink`, Loshchilov and Hutter 2019, arXiv 1711.05101):
///   g <- g + coupled x,  m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,
///   x <- shrink x - sizes[t] m / (scales[t] sqrt(v) + epsilon),
/// with sizes[t] = eta / (1 - b1^(t+1)) and scales[t] = 1 / sqrt(1 - b2^(t+1)) for step t = 0, 1, ...
typedef struct {
    float beta1, beta2, epsilon, coupled, shrink;
    const float *sizes, *scales;
} rk_adam;

/// Step t of n weights with gradient g.
void rk_adam_update(
    const rk_adam *optimizer, size_t t, float *x, float *m, float *v, const float *g, size_t n);

/// Steps from..<to of n weights whose gradient is zero in all of them: what `to - from` calls of
/// `rk_adam_update` with g = 0 give, with `coupled` to the bit and otherwise up to rounding.
void rk_adam_replay(
    const rk_adam *optimizer, size_t from, size_t to, float *x, float *m, float *v, size_t n);

/// Brings rows to where they stand after `step` steps, given that row r stands after last[r], and copies them to x.
///
/// Table, moments and x have rows at distance `stride`. Rows are named once each.
void rk_adam_gather(
    const rk_adam *optimizer, float *table, float *first, float *second, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, float *x);

/// The step that takes such rows from `step` - 1 to `step`, with gradients g.
void rk_adam_update_rows(
    const rk_adam *optimizer, float *table, float *first, float *second, float *last, const int32_t *rows,
    size_t count, size_t stride, size_t step, const float *g);
