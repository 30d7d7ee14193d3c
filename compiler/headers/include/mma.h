/// CUDA's name of the matrix fragments, nvcuda::wmma.
#ifndef MMA_H_
#define MMA_H_

#if defined(__cplusplus) && defined(__CUDACC__)
#include "opensupa/device/matrix.h"
#endif

#endif  // MMA_H_
