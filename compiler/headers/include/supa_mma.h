/// SUPA's name of the matrix fragments, supa::wmma.
#ifndef SUPA_MMA_H_
#define SUPA_MMA_H_

#if defined(__cplusplus) && defined(__CUDACC__)
#include "opensupa/device/matrix.h"

namespace supa {
namespace wmma = ::nvcuda::wmma;
}
#endif

#endif  // SUPA_MMA_H_
