#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

namespace opensupa::cc::testing {

/// First lines of every device module.
inline constexpr char kDeviceHeader[] = R"(
target datalayout = "e-i64:64-i128:128-v16:16-v32:32-n16:32:64"
target triple = "nvptx64-nvidia-cuda"
)";

/// The stamp of a finished module.
inline constexpr char kStamp[] = R"(
!llvm.module.flags = !{!900, !901}
!900 = !{i32 1, !"supa.device_ir", i32 1}
!901 = !{i32 7, !"supa.relocatable", i32 0}
)";

inline std::unique_ptr<llvm::Module> Parse(llvm::LLVMContext& context, const std::string& text) {
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, diagnostic, context);
  EXPECT_NE(module, nullptr) << diagnostic.getMessage().str() << " in line "
                             << diagnostic.getLineNo();
  return module;
}

inline std::unique_ptr<llvm::Module> ParseDevice(llvm::LLVMContext& context,
                                                 const std::string& text) {
  return Parse(context, kDeviceHeader + text);
}

inline std::string Print(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

inline std::string Print(const llvm::Value& value) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  value.print(stream);
  return text;
}

}  // namespace opensupa::cc::testing
