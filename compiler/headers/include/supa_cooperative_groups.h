/// SUPA's name of <cooperative_groups.h>, with all of its further headers.
#ifndef SUPA_COOPERATIVE_GROUPS_H_
#define SUPA_COOPERATIVE_GROUPS_H_

#include "cooperative_groups.h"
#include "cooperative_groups/memcpy_async.h"
#include "cooperative_groups/reduce.h"
#include "cooperative_groups/scan.h"

#endif  // SUPA_COOPERATIVE_GROUPS_H_
