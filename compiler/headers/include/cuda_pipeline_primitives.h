/// The functions of <cuda_pipeline.h> under the name of their other header.
#ifndef CUDA_PIPELINE_PRIMITIVES_H_
#define CUDA_PIPELINE_PRIMITIVES_H_

#include "cuda_pipeline.h"

#endif  // CUDA_PIPELINE_PRIMITIVES_H_
