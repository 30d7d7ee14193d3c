#include "diagnostics.h"

#include <memory>

#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/Support/raw_ostream.h"

namespace opensupa::cc {

class Handler : public llvm::DiagnosticHandler {
 public:
  explicit Handler(CollectedDiagnostics& owner) : owner_(owner) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    // Remarks about vectorisation and the like are for compiler engineers.
    if (info.getSeverity() == llvm::DS_Remark || info.getSeverity() == llvm::DS_Note) return true;
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    const bool is_error = info.getSeverity() == llvm::DS_Error;
    owner_.log_ += (is_error ? "error: " : "warning: ") + text + "\n";
    if (is_error && owner_.status_.ok()) owner_.status_ = absl::InvalidArgumentError(text);
    return true;
  }

 private:
  CollectedDiagnostics& owner_;
};

CollectedDiagnostics::CollectedDiagnostics(llvm::LLVMContext& context, std::string& log)
    : log_(log) {
  context.setDiagnosticHandler(std::make_unique<Handler>(*this), /*RespectFilters=*/false);
}

}  // namespace opensupa::cc
