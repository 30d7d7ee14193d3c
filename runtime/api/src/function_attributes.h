#pragma once

#include "opensupa/core/launch.h"
#include "opensupa/core/module.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::api {

/// Value of kernel attribute `attribute` (SUfunction_attribute). supaErrorInvalidValue for a number
/// that is no attribute.
StatusOr<int> FunctionAttribute(const rt::Function& function, int attribute);

/// Sets an attribute (SUfunction_attribute or supaFuncAttribute: the numbers are equal).
/// supaErrorInvalidValue for one that cannot be set and for a value out of range.
Status SetFunctionAttribute(rt::Function& function, int attribute, int value);

/// Takes the attributes of a launch over into `shape`. supaErrorNotSupported names one that would
/// change what the launch does and is not there.
Status ApplyLaunchAttributes(const supaLaunchAttribute* attributes, unsigned int count,
                             rt::LaunchShape& shape);

/// Most blocks that a cluster of such a launch may have; 0 when no block fits.
int LargestCluster(const rt::Function& function, const rt::LaunchShape& shape);

}  // namespace opensupa::api
