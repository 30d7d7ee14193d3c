#pragma once

#include "absl/strings/string_view.h"

#include "driver/su_result.h"
#include "opensupa/base/status.h"
#include "runtime/supa_error_types.h"

/// Errors of the runtime core. A Status may carry the public code it stands for; one without a code
/// (from the layers below) is mapped by its canonical code. All mapping stands in error.cpp.
namespace opensupa::rt {

/// An error which the program sees as `code`. `message` is a full sentence.
Status MakeError(supaError_t code, absl::string_view message);

/// `status` with its public code replaced by `code`; OK stays OK.
Status WithCode(const Status& status, supaError_t code);

/// Public runtime code of `status`: the one it carries, else the one its canonical code stands for.
supaError_t RuntimeCode(const Status& status);

/// As RuntimeCode, in the driver's numbering. Codes that only the runtime has become the driver
/// code that says the same.
SUresult DriverCode(const Status& status);

/// True for errors which make a context unusable until it is reset.
bool IsSticky(supaError_t code);

}  // namespace opensupa::rt
