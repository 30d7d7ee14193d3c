#include "device_library.h"

#include <memory>

#include "absl/strings/str_format.h"
#include "embedded.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"

namespace opensupa::cc {
namespace {

bool NeedsLibrary(const llvm::Module& module) {
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration() || function.use_empty()) continue;
    const llvm::StringRef name = function.getName();
    if (name.starts_with("__su_") && (name.ends_with("_f32") || name.ends_with("_f64"))) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::Status LinkDeviceLibrary(llvm::Module& module) {
  if (!NeedsLibrary(module)) return absl::OkStatus();
  const llvm::StringRef bytes = EmbeddedDeviceLibrary();
  // Lazily: only the bodies that are needed are ever read.
  auto parsed =
      llvm::getLazyBitcodeModule(llvm::MemoryBufferRef(bytes, "devicelib.bc"), module.getContext());
  if (!parsed) {
    return absl::InternalError(absl::StrFormat("The embedded device math library is damaged: %s.",
                                               llvm::toString(parsed.takeError())));
  }
  (*parsed)->setDataLayout(module.getDataLayout());
  (*parsed)->setTargetTriple(module.getTargetTriple());
  if (llvm::Linker::linkModules(module, std::move(*parsed), llvm::Linker::LinkOnlyNeeded)) {
    return absl::InternalError(absl::StrFormat(
        "The device math library could not be linked into the module %s.", module.getName().str()));
  }
  return absl::OkStatus();
}

}  // namespace opensupa::cc
