/// Another of CUDA's names of the bfloat16 types.
#ifndef CUDA_BF16_HPP_
#define CUDA_BF16_HPP_

#include "cuda_bf16.h"

#endif  // CUDA_BF16_HPP_
