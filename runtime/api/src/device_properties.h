#pragma once

#include "opensupa/core/runtime.h"
#include "runtime/supa_device_types.h"

namespace opensupa::api {

/// The properties of a device as programs see them. Fields of features that are not there are 0.
supaDeviceProp DescribeDevice(const hal::DeviceProperties& device);

/// Value of attribute `attribute` (supaDeviceAttr or SUdevice_attribute: the numbers are equal).
/// supaErrorInvalidValue for a number that is no attribute.
StatusOr<int> DeviceAttribute(const hal::DeviceProperties& device, int attribute);

/// "0000:01:00.0"
std::string PciBusId(const hal::DeviceProperties& device);

}  // namespace opensupa::api
