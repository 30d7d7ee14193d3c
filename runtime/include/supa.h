/// Runtime and driver API together.
#ifndef SUPA_H_
#define SUPA_H_

#include "supa_driver.h"
#include "supa_runtime.h"

#endif  // SUPA_H_
