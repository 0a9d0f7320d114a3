/// Every kernel, for the vectors and under the names that the including file has set.
#include "names.h"

#include "simd.h"

#include "mini_gemm.h"

#include "vector_math_kernels.h"

#include "pair_product_kernels.h"

#include "attention_keys.h"
#include "attention_products.h"
#include "attention_kernels.h"
#include "batch_softmax_kernels.h"
#include "decoder_layer_kernels.h"
#include "embedding_table_kernels.h"
#include "encoder_layer_kernels.h"
#include "optimizer_kernels.h"
#include "perceptron_kernels.h"
