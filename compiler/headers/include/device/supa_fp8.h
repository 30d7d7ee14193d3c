/// SUPA's name of the 8-bit floating-point types.
#ifndef DEVICE_SUPA_FP8_H_
#define DEVICE_SUPA_FP8_H_

#include "opensupa/device/fp8.h"

#endif  // DEVICE_SUPA_FP8_H_
