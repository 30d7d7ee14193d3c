/// CUDA's name of the bfloat16 types.
#ifndef CUDA_BF16_H_
#define CUDA_BF16_H_

#include "opensupa/device/bf16.h"

#ifndef __CUDA_BF16_H__
#define __CUDA_BF16_H__
#endif
#ifndef __CUDA_BF16_TYPES_EXIST__
#define __CUDA_BF16_TYPES_EXIST__
#endif

#endif  // CUDA_BF16_H_
