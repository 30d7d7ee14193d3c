#include "calls.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_format.h"
#include "build_id.h"
#include "compile.h"
#include "diagnostics.h"
#include "explain.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/binary/targets.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/embed_host.h"
#include "opensupa/passes/finalize_device.h"
#include "opensupa/passes/link_device.h"
#include "opensupa/passes/shadow_accesses.h"
#include "opensupa/passes/verify_device_ir.h"

namespace opensupa::cc {
namespace {

Bytes PrintText(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

/// Adds native code for each target of the options, so that the first launch compiles nothing.
absl::Status AddNativeImages(const CallOptions& options, std::string& log,
                             binary::FatBinary& fat_binary) {
  for (const std::string& target : options.native_targets) {
    SUPA_ASSIGN_OR_RETURN(Bytes code,
                          CompileDeviceModule(fat_binary.bitcode, fat_binary.source, target,
                                              {options.opt_level, false, std::nullopt, ""}, log));
    fat_binary.native.push_back({target, std::move(code)});
  }
  return absl::OkStatus();
}

/// Adds remarks on the kernels of `bitcode`, for the first of the targets or the best one.
absl::Status AddRemarks(const Bytes& bitcode, const CallOptions& options, std::string& log) {
  const auto wants = [&](const char* kind) {
    return std::find(options.remarks.begin(), options.remarks.end(), kind) != options.remarks.end();
  };
  std::vector<KernelFacts> kernels;
  const std::string target = options.native_targets.empty()
                                 ? binary::TargetName("x86-64-v4", binary::kDefaultEngine)
                                 : options.native_targets.back();
  CompileOptions compile;
  compile.opt_level = options.opt_level;
  compile.facts = &kernels;
  SUPA_RETURN_IF_ERROR(CompileDeviceModule(bitcode, options.source, target, compile, log).status());
  log += ExplainAsRemarks({wants("passed"), wants("missed"), wants("analysis")}, kernels);
  return absl::OkStatus();
}

/// Hands out a finished fat binary; only one that is not relocatable can hold native code.
absl::StatusOr<Bytes> Pack(binary::FatBinary fat_binary, const CallOptions& options,
                           std::string& log) {
  if (options.emit == EmitKind::kBitcode) return std::move(fat_binary.bitcode);
  if (!fat_binary.relocatable) SUPA_RETURN_IF_ERROR(AddNativeImages(options, log, fat_binary));
  return binary::Serialize(fat_binary);
}

}  // namespace

absl::StatusOr<Bytes> FinalizeCall(const Input& input, const CallOptions& options,
                                   std::string& log) {
  llvm::LLVMContext context;
  CollectedDiagnostics diagnostics(context, log);
  SUPA_ASSIGN_OR_RETURN(const std::unique_ptr<llvm::Module> module,
                        ReadDeviceModule(input.bytes, input.name, context));
  FinalizeOptions finalize;
  finalize.opt_level = options.opt_level.value_or(binary::kDefaultOptLevel);
  finalize.relocatable = options.relocatable;
  const bool remarks = !options.remarks.empty() && !options.relocatable;
  finalize.debug = options.debug || remarks;
  finalize.producer = kCompilerBuildId;
  finalize.source = options.source.empty() ? input.name : options.source;
  finalize.architectures = options.architectures;
  SUPA_ASSIGN_OR_RETURN(binary::FatBinary fat_binary, FinalizeDevice(*module, finalize));
  SUPA_RETURN_IF_ERROR(diagnostics.status());
  if (remarks) {
    SUPA_RETURN_IF_ERROR(AddRemarks(fat_binary.bitcode, options, log));
    if (!options.debug) llvm::StripDebugInfo(*module);
    fat_binary.bitcode = WriteBitcode(*module);
  }
  if (options.emit == EmitKind::kText) return PrintText(*module);
  return Pack(std::move(fat_binary), options, log);
}

absl::StatusOr<Bytes> EmbedCall(const Input& input, const Input& fat_binary,
                                const CallOptions& options, std::string& log) {
  llvm::LLVMContext context;
  CollectedDiagnostics diagnostics(context, log);
  SUPA_ASSIGN_OR_RETURN(const std::unique_ptr<llvm::Module> module,
                        ReadModule(input.bytes, input.name, context));
  if (options.warnings) log += FormatShadowAccesses(FindShadowAccesses(*module), input.name);
  // Coverage counts lines by it.
  const bool counts_lines = module->getNamedMetadata("llvm.gcov") != nullptr;
  if (!options.debug && !counts_lines) llvm::StripDebugInfo(*module);
  SUPA_RETURN_IF_ERROR(EmbedHost(*module, fat_binary.bytes));
  SUPA_RETURN_IF_ERROR(diagnostics.status());
  return options.emit == EmitKind::kText ? PrintText(*module) : WriteBitcode(*module);
}

absl::StatusOr<Bytes> LinkCall(const std::vector<Input>& inputs, const CallOptions& options,
                               std::string& log) {
  std::vector<binary::FatBinary> images;
  for (const Input& input : inputs) {
    absl::StatusOr<binary::FatBinary> image = binary::ParseFatBinary(input.bytes);
    if (!image.ok()) {
      return WithContext(image.status(), absl::StrFormat("reading the image %s", input.name));
    }
    images.push_back(*std::move(image));
  }
  LinkOptions link;
  link.producer = kCompilerBuildId;
  SUPA_ASSIGN_OR_RETURN(binary::FatBinary linked, LinkDevice(images, link));
  return Pack(std::move(linked), options, log);
}

absl::StatusOr<Bytes> CompileCall(const Input& input, const std::string& target,
                                  const CallOptions& options, std::string& log) {
  CompileOptions compile = {options.opt_level, options.warp_lockstep, options.specialization,
                            options.dump_folder};
  std::vector<KernelFacts> kernels;
  const bool explain = options.emit == EmitKind::kExplanation;
  if (explain) compile.facts = &kernels;
  SUPA_ASSIGN_OR_RETURN(Bytes code,
                        CompileDeviceModule(input.bytes, input.name, target, compile, log));
  if (!explain) return code;
  const std::string json = ExplainAsJson(target, kernels);
  const auto* bytes = reinterpret_cast<const std::byte*>(json.data());
  return Bytes(bytes, bytes + json.size());
}

absl::Status VerifyCall(const Input& input, std::string& log) {
  llvm::LLVMContext context;
  CollectedDiagnostics diagnostics(context, log);
  SUPA_ASSIGN_OR_RETURN(const std::unique_ptr<llvm::Module> module,
                        ReadModule(input.bytes, input.name, context));
  return CheckDeviceIr(*module);
}

}  // namespace opensupa::cc
