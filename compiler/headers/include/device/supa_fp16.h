/// SUPA's names of the half precision types.
#ifndef DEVICE_SUPA_FP16_H_
#define DEVICE_SUPA_FP16_H_

#include "opensupa/device/fp16.h"

#if defined(__cplusplus)
typedef __half float16;
#endif

#endif  // DEVICE_SUPA_FP16_H_
