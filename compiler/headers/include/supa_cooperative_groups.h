/// SUPA's name of <cooperative_groups.h>.
#ifndef SUPA_COOPERATIVE_GROUPS_H_
#define SUPA_COOPERATIVE_GROUPS_H_

#include "cooperative_groups.h"
#include "cooperative_groups/reduce.h"

#endif  // SUPA_COOPERATIVE_GROUPS_H_
