/// SUPA's names of the bfloat16 types.
#ifndef DEVICE_SUPA_BF16_H_
#define DEVICE_SUPA_BF16_H_

#include "opensupa/device/bf16.h"

#if defined(__cplusplus)
typedef __nv_bfloat16 bfloat16;
#endif

#endif  // DEVICE_SUPA_BF16_H_
