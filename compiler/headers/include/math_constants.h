/// CUDA's name of the mathematical constants.
#ifndef MATH_CONSTANTS_H_
#define MATH_CONSTANTS_H_

#include "opensupa/device/math_constants.h"

#endif  // MATH_CONSTANTS_H_
