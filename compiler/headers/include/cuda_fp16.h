/// CUDA's name of device/supa_fp16.h.
#ifndef CUDA_FP16_H_
#define CUDA_FP16_H_

#include "device/supa_fp16.h"

typedef __half nv_half;
typedef __half2 nv_half2;

#endif  // CUDA_FP16_H_
