/// CUDA's name of the half precision types.
#ifndef CUDA_FP16_H_
#define CUDA_FP16_H_

#include "opensupa/device/fp16.h"

#ifndef __CUDA_FP16_H__
#define __CUDA_FP16_H__
#endif
#ifndef __CUDA_FP16_TYPES_EXIST__
#define __CUDA_FP16_TYPES_EXIST__
#endif

#endif  // CUDA_FP16_H_
