#include "opensupa/passes/bitcode.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace opensupa::cc {

absl::StatusOr<std::unique_ptr<llvm::Module>> ReadModule(std::span<const std::byte> bytes,
                                                         std::string_view name,
                                                         llvm::LLVMContext& context) {
  const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string label(name);
  // Text must end with a NUL, which the caller's bytes need not have.
  const std::unique_ptr<llvm::MemoryBuffer> buffer =
      llvm::MemoryBuffer::getMemBufferCopy(text, label);
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module =
      llvm::parseIR(buffer->getMemBufferRef(), diagnostic, context);
  if (module == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        label, " is no LLVM module that this compiler can read: ", diagnostic.getMessage().str(),
        "."));
  }
  return module;
}

std::vector<std::byte> WriteBitcode(const llvm::Module& module) {
  llvm::SmallVector<char, 0> buffer;
  llvm::raw_svector_ostream stream(buffer);
  llvm::WriteBitcodeToFile(module, stream);
  const auto* begin = reinterpret_cast<const std::byte*>(buffer.data());
  return {begin, begin + buffer.size()};
}

}  // namespace opensupa::cc
