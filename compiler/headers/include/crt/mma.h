/// Another of CUDA's names of the matrix fragments.
#ifndef CRT_MMA_H_
#define CRT_MMA_H_

#include "mma.h"

#endif  // CRT_MMA_H_
