#pragma once

#include "opensupa/hal/hal.h"
#include "opensupa/port/port.h"

namespace opensupa::native {

/// Asks the card what it is. kFailedPrecondition when it speaks another major version of the uAPI.
StatusOr<hal::DeviceProperties> QueryProperties(port::Port& port, const std::string& backend);

StatusOr<hal::MemoryInfo> QueryMemoryInfo(port::Port& port);

}  // namespace opensupa::native
