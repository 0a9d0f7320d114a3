#pragma once
#include "attention.h"
#include "batch_softmax.h"
#include "decoder_layers.h"
#include "embedding_table.h"
#include "optimizers.h"
#include "perceptron.h"
#include "vector_math.h"
