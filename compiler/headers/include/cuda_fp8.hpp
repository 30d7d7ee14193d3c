/// Another of CUDA's names of the 8-bit floating-point types.
#ifndef CUDA_FP8_HPP_
#define CUDA_FP8_HPP_

#include "cuda_fp8.h"

#endif  // CUDA_FP8_HPP_
