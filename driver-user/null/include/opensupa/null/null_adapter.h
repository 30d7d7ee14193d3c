#pragma once

#include "opensupa/hal/registry.h"

/// The smallest backend: memory, fences, copies and host calls in host memory, no kernels. It is
/// the template for new backends; see the README of this folder.
namespace opensupa::null {

/// As many devices as `specs` ask for. The only model is NULL0.
StatusOr<std::unique_ptr<hal::Adapter>> MakeNullAdapter(const std::vector<hal::DeviceSpec>& specs);

/// For hal::RegisterBackend.
inline constexpr hal::Backend kNullBackend{
    "null", "host memory only, runs no kernels; the template for backends", MakeNullAdapter};

}  // namespace opensupa::null
