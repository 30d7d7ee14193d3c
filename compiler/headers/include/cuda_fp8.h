/// CUDA's name of the 8-bit floating-point types.
#ifndef CUDA_FP8_H_
#define CUDA_FP8_H_

#include "opensupa/device/fp8.h"

#ifndef __CUDA_FP8_H__
#define __CUDA_FP8_H__
#endif
#ifndef __CUDA_FP8_TYPES_EXIST__
#define __CUDA_FP8_TYPES_EXIST__
#endif

#endif  // CUDA_FP8_H_
