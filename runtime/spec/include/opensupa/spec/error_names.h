#pragma once

#include "driver/su_result.h"
#include "runtime/supa_error_types.h"

/// Names and texts of the public error codes. Null for a number that is no code; never freed.
namespace opensupa::api {

const char* ErrorName(supaError_t error);
const char* ErrorText(supaError_t error);
const char* ErrorName(SUresult error);
const char* ErrorText(SUresult error);

}  // namespace opensupa::api
