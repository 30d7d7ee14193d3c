#pragma once

#include <string_view>

namespace opensupa::api {

/// Address of the driver function `name` ("suX" or "cuX", with or without a version suffix), which
/// calls through the dispatch table; null if there is none. With `per_thread_default_stream`, the
/// form for which a null stream is the calling thread's own, where there is one.
void* FindDriverFunction(std::string_view name, bool per_thread_default_stream);

}  // namespace opensupa::api
