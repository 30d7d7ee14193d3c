#pragma once

#include "opensupa/hal/types.h"

namespace opensupa::hal {

/// Whether `command` is well formed and within the device's limits; kInvalidArgument names what is
/// wrong. For backends: a queue checks a whole batch before it starts any of it. Addresses are not
/// looked up, and a kernel's own limits are not known here.
Status CheckCommand(const Command& command, const DeviceProperties& properties);

/// Commands that do nothing at all: a backend may skip them.
bool IsEmpty(const CopyCommand& command);
bool IsEmpty(const CopyRectCommand& command);
bool IsEmpty(const FillCommand& command);

}  // namespace opensupa::hal
