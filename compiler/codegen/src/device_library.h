#pragma once

#include "absl/status/status.h"

namespace llvm {
class Module;
}

namespace opensupa::cc {

/// Links what `module` needs of the device math library, which is embedded in this library.
absl::Status LinkDeviceLibrary(llvm::Module& module);

}  // namespace opensupa::cc
