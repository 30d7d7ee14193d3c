#pragma once

#include "opensupa/core/module.h"

namespace opensupa::api {

/// Value of kernel attribute `attribute` (SUfunction_attribute). supaErrorInvalidValue for a number
/// that is no attribute.
StatusOr<int> FunctionAttribute(const rt::Function& function, int attribute);

/// Sets an attribute (SUfunction_attribute or supaFuncAttribute: the numbers are equal).
/// supaErrorInvalidValue for one that cannot be set and for a value out of range.
Status SetFunctionAttribute(rt::Function& function, int attribute, int value);

}  // namespace opensupa::api
