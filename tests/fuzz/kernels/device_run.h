#pragma once

#include <functional>
#include <span>
#include <string>

#include "runner.h"

namespace opensupa::fuzz {

/// Loads a fat binary with the driver API, runs every case and hands over each verdict. Call it in
/// a process that has not used the driver before.
void RunOnDevice(const std::string& image, std::span<const Case> cases,
                 const std::function<void(size_t, const Verdict&)>& report);

}  // namespace opensupa::fuzz
