#pragma once

#include "opensupa/spec/dispatch.h"

/// The tracing layer (option OPENSUPA_TRACE_API): prints every call of the API with its arguments
/// and its result to standard error. Made by runtime/spec/generate.py from the table of entry
/// points.
namespace opensupa::layers::trace {

const opensupa_dispatch& Table();

}  // namespace opensupa::layers::trace
