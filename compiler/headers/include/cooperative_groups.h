/// Cooperative groups: named sets of threads with their own rank, barrier and exchanges.
///
/// The block, its tiles of 1 to 512 threads, coalesced threads and partitions of them, the cluster
/// and the grid. Further headers in cooperative_groups/: reduce.h, scan.h, memcpy_async.h. Empty
/// for compilers without kernels.
#ifndef COOPERATIVE_GROUPS_H_
#define COOPERATIVE_GROUPS_H_

#if defined(__cplusplus) && defined(__CUDACC__)
#include "cooperative_groups/details/partition.h"
#endif

#endif  // COOPERATIVE_GROUPS_H_
