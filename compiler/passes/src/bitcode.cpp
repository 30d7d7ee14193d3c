#include "opensupa/passes/bitcode.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "device_rules.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace opensupa::cc {
namespace {

llvm::StringRef TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

absl::Status Unreadable(const std::string& label, const std::string& reason) {
  return absl::InvalidArgumentError(
      absl::StrCat(label, " is no LLVM module that this compiler can read: ", reason, "."));
}

/// `module` has no code yet; it gets all of it where there is something to report.
absl::Status RefuseThreadLocals(llvm::Module& module, const std::string& label) {
  Violations violations;
  for (const llvm::GlobalVariable& variable : module.globals()) {
    if (!variable.isThreadLocal()) continue;
    for (llvm::Function& function : module) {
      if (llvm::Error error = function.materialize()) {
        return Unreadable(label, llvm::toString(std::move(error)));
      }
    }
    violations.push_back({"IR011", absl::StrCat("Variable ", Quoted(variable), " is thread_local."),
                          PlaceOfUse(variable),
                          "a local variable is private to its thread; use an array indexed by "
                          "thread for what outlives a function"});
  }
  if (violations.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(FormatViolations(violations));
}

}  // namespace

absl::StatusOr<std::unique_ptr<llvm::Module>> ReadModule(std::span<const std::byte> bytes,
                                                         std::string_view name,
                                                         llvm::LLVMContext& context) {
  const std::string label(name);
  // Text must end with a NUL, which the caller's bytes need not have.
  const std::unique_ptr<llvm::MemoryBuffer> buffer =
      llvm::MemoryBuffer::getMemBufferCopy(TextOf(bytes), label);
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module =
      llvm::parseIR(buffer->getMemBufferRef(), diagnostic, context);
  if (module == nullptr) return Unreadable(label, diagnostic.getMessage().str());
  return module;
}

absl::StatusOr<std::unique_ptr<llvm::Module>> ReadDeviceModule(std::span<const std::byte> bytes,
                                                               std::string_view name,
                                                               llvm::LLVMContext& context) {
  const llvm::StringRef text = TextOf(bytes);
  if (!llvm::isBitcode(text.bytes_begin(), text.bytes_end())) {
    return ReadModule(bytes, name, context);
  }
  const std::string label(name);
  llvm::Expected<std::unique_ptr<llvm::Module>> module =
      llvm::getOwningLazyBitcodeModule(llvm::MemoryBuffer::getMemBufferCopy(text, label), context);
  if (!module) return Unreadable(label, llvm::toString(module.takeError()));
  if (absl::Status status = RefuseThreadLocals(**module, label); !status.ok()) return status;
  if (llvm::Error error = (*module)->materializeAll()) {
    return Unreadable(label, llvm::toString(std::move(error)));
  }
  return std::move(*module);
}

std::vector<std::byte> WriteBitcode(const llvm::Module& module) {
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  llvm::WriteBitcodeToFile(module, stream);
  const auto* begin = reinterpret_cast<const std::byte*>(buffer.data());
  return {begin, begin + buffer.size()};
}

}  // namespace opensupa::cc
