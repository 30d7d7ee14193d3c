/// Another of CUDA's names of the half precision types.
#ifndef CUDA_FP16_HPP_
#define CUDA_FP16_HPP_

#include "cuda_fp16.h"

#endif  // CUDA_FP16_HPP_
