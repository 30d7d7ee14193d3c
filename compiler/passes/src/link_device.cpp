#include "opensupa/passes/link_device.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "device_rules.h"
#include "ir_externs.h"
#include "llvm/Demangle/Demangle.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "managed_device.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/verify_device_ir.h"
#include "run_passes.h"

namespace opensupa::cc {
namespace {

/// Collects the errors of LLVM's linker instead of printing them.
class ErrorCollector : public llvm::DiagnosticHandler {
 public:
  explicit ErrorCollector(std::string* text) : text_(text) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() != llvm::DS_Error) return true;
    llvm::raw_string_ostream stream(*text_);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    stream << "\n";
    return true;
  }

 private:
  std::string* text_;
};

struct Unit {
  std::string source;
  std::unique_ptr<llvm::Module> module;
};

/// Which translation units define and which use each external symbol.
struct Symbol {
  std::set<std::string> defined_in;
  size_t strong_definitions = 0;
  size_t definitions = 0;
  std::set<std::string> used_in;
};

bool IsDynamicShared(const llvm::GlobalValue& value) {
  const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(&value);
  return variable != nullptr && variable->getAddressSpace() == 3;
}

std::map<std::string, Symbol> CollectSymbols(const std::vector<Unit>& units) {
  std::map<std::string, Symbol> symbols;
  for (const Unit& unit : units) {
    for (const llvm::GlobalValue& value : unit.module->global_values()) {
      const llvm::StringRef name = value.getName();
      if (value.hasLocalLinkage() || name.starts_with("llvm.")) continue;
      Symbol& symbol = symbols[name.str()];
      if (value.isDeclaration()) {
        const bool provided = FindIrExtern({name.data(), name.size()}) != nullptr;
        if (!provided && !value.use_empty() && !IsDynamicShared(value)) {
          symbol.used_in.insert(unit.source);
        }
        continue;
      }
      symbol.defined_in.insert(unit.source);
      symbol.definitions += 1;
      symbol.strong_definitions += value.isStrongDefinitionForLinker() ? 1 : 0;
    }
  }
  return symbols;
}

absl::Status CheckSymbols(const std::map<std::string, Symbol>& symbols) {
  std::vector<std::string> undefined;
  std::vector<std::string> duplicate;
  for (const auto& [name, symbol] : symbols) {
    const std::string readable = llvm::demangle(name);
    if (symbol.strong_definitions > 1) {
      duplicate.push_back(
          absl::StrCat("Device symbol `", readable, "` is defined in ", symbol.strong_definitions,
                       " translation units: ", absl::StrJoin(symbol.defined_in, ", "), "."));
    } else if (symbol.definitions == 0 && !symbol.used_in.empty()) {
      undefined.push_back(absl::StrCat("Device symbol `", readable,
                                       "` is defined in no translation unit; it is used in ",
                                       absl::StrJoin(symbol.used_in, ", "), "."));
    }
  }
  if (!duplicate.empty()) return absl::AlreadyExistsError(absl::StrJoin(duplicate, "\n"));
  if (!undefined.empty()) return absl::NotFoundError(absl::StrJoin(undefined, "\n"));
  return absl::OkStatus();
}

absl::StatusOr<Unit> ReadUnit(const binary::FatBinary& image, llvm::LLVMContext& context) {
  const std::string source = image.source.empty() ? "an unnamed translation unit" : image.source;
  if (!image.relocatable) {
    return absl::InvalidArgumentError(absl::StrCat(
        "The device image of ", source, " was not compiled with -fgpu-rdc and cannot be linked."));
  }
  absl::StatusOr<std::unique_ptr<llvm::Module>> module = ReadModule(image.bitcode, source, context);
  if (!module.ok()) return module.status();
  if (absl::Status status = CheckDeviceIr(**module); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat(status.message(), "; while reading ", source));
  }
  return Unit{source, *std::move(module)};
}

FinalizeOptions DescriptionOf(std::span<const binary::FatBinary> images,
                              const LinkOptions& options) {
  FinalizeOptions description;
  description.producer = options.producer;
  description.debug = true;  // what the images hold was asked for
  std::vector<std::string> sources;
  std::set<std::string> architectures;
  for (const binary::FatBinary& image : images) {
    sources.push_back(image.source);
    architectures.insert(image.architectures.begin(), image.architectures.end());
  }
  description.source = absl::StrJoin(sources, ", ");
  description.architectures.assign(architectures.begin(), architectures.end());
  return description;
}

}  // namespace

absl::StatusOr<binary::FatBinary> LinkDevice(std::span<const binary::FatBinary> images,
                                             const LinkOptions& options) {
  if (images.empty()) {
    return absl::InvalidArgumentError("There are no device images to link.");
  }
  std::string linker_errors;
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<ErrorCollector>(&linker_errors));
  std::vector<Unit> units;
  for (const binary::FatBinary& image : images) {
    absl::StatusOr<Unit> unit = ReadUnit(image, context);
    if (!unit.ok()) return unit.status();
    units.push_back(*std::move(unit));
  }
  if (absl::Status status = CheckSymbols(CollectSymbols(units)); !status.ok()) return status;

  std::unique_ptr<llvm::Module> result = std::move(units.front().module);
  llvm::Linker linker(*result);
  for (size_t i = 1; i < units.size(); ++i) {
    if (!linker.linkInModule(std::move(units[i].module))) continue;
    return absl::InternalError(absl::StrCat("LLVM cannot link the device image of ",
                                            units[i].source, ": ", linker_errors));
  }
  result->setModuleFlag(llvm::Module::Max, kRelocatableFlag, uint32_t{0});
  if (absl::Status status = RedirectManagedVariables(*result); !status.ok()) return status;
  HideInternals(*result);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::GlobalDCEPass());
  RunPasses(*result, std::move(passes));
  return Describe(*result, DescriptionOf(images, options));
}

}  // namespace opensupa::cc
