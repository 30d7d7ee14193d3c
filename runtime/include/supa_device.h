/// The kernel language. Sources compiled by brcc get it; plain host compilers get the host types
/// only.
#ifndef SUPA_DEVICE_H_
#define SUPA_DEVICE_H_

#include "supa_runtime.h"

#if defined(__SUPACC__)
#include <opensupa/device/device.h>
#endif

#endif  // SUPA_DEVICE_H_
