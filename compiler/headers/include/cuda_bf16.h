/// CUDA's names of device/supa_bf16.h.
#ifndef CUDA_BF16_H_
#define CUDA_BF16_H_

#include "device/supa_bf16.h"

typedef __br_bfloat16 __nv_bfloat16;
typedef __br_bfloat162 __nv_bfloat162;
typedef __br_bfloat16 nv_bfloat16;
typedef __br_bfloat162 nv_bfloat162;

#endif  // CUDA_BF16_H_
