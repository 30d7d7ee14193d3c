#pragma once

#include <string>

#include "opensupa/hal/types.h"
#include "opensupa/port/uapi.h"

namespace opensupa::native {

/// What others know about a fault; empty where nobody does.
struct FaultTexts {
  std::string kernel;   // its name
  std::string address;  // "16 bytes past the end of allocation ..."
  std::string launch;   // "launch 42 on stream 0x..."
};

/// The report of a fault event: a full sentence with kernel, block, thread, address and allocation.
hal::FaultReport MakeFaultReport(const supa_uapi_event& event, const FaultTexts& texts,
                                 const std::string& card);

}  // namespace opensupa::native
