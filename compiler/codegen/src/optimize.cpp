#include "optimize.h"

#include "absl/strings/str_format.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

namespace opensupa::cc {
namespace {

llvm::TargetLibraryInfoImpl NoLibrary(const llvm::Module& module) {
  llvm::TargetLibraryInfoImpl info(llvm::Triple(module.getTargetTriple()));
  info.disableAllFunctions();
  return info;
}

llvm::OptimizationLevel PipelineLevel(int opt_level) {
  switch (opt_level) {
    case 0:
      return llvm::OptimizationLevel::O0;
    case 1:
      return llvm::OptimizationLevel::O1;
    case 2:
      return llvm::OptimizationLevel::O2;
    default:
      return llvm::OptimizationLevel::O3;
  }
}

/// The threshold up to which device functions are inlined: calls are dear where threads run as
/// lanes.
constexpr int kInlineThreshold = 1000;

/// A pass builder with the analyses of all levels, for one run of a pipeline.
class Pipeline {
 public:
  Pipeline(llvm::Module& module, llvm::TargetMachine& machine, int opt_level,
           bool join_scalars = true)
      : module_(module), builder_(&machine, Tuning(opt_level, join_scalars)) {
    // First registration wins over the builder's own.
    functions_.registerPass([this] { return llvm::TargetLibraryAnalysis(NoLibrary(module_)); });
    builder_.registerModuleAnalyses(modules_);
    builder_.registerCGSCCAnalyses(components_);
    builder_.registerFunctionAnalyses(functions_);
    builder_.registerLoopAnalyses(loops_);
    builder_.crossRegisterProxies(loops_, functions_, components_, modules_);
  }

  llvm::PassBuilder& builder() { return builder_; }
  void Run(llvm::ModulePassManager passes) { passes.run(module_, modules_); }

 private:
  static llvm::PipelineTuningOptions Tuning(int opt_level, bool join_scalars) {
    llvm::PipelineTuningOptions tuning;
    tuning.LoopVectorization = opt_level >= 2;
    tuning.SLPVectorization = opt_level >= 2 && join_scalars;
    tuning.InlinerThreshold = opt_level >= 2 ? kInlineThreshold : -1;
    return tuning;
  }

  llvm::Module& module_;
  llvm::LoopAnalysisManager loops_;
  llvm::FunctionAnalysisManager functions_;
  llvm::CGSCCAnalysisManager components_;
  llvm::ModuleAnalysisManager modules_;
  llvm::PassBuilder builder_;
};

}  // namespace

void OptimizeModule(llvm::Module& module, llvm::TargetMachine& machine, int opt_level,
                    bool in_lanes) {
  // It would make gathers of loads that are kept apart to be faster.
  Pipeline pipeline(module, machine, opt_level, /*join_scalars=*/!in_lanes);
  const llvm::OptimizationLevel level = PipelineLevel(opt_level);
  pipeline.Run(opt_level == 0 ? pipeline.builder().buildO0DefaultPipeline(level)
                              : pipeline.builder().buildPerModuleDefaultPipeline(level));
}

void SimplifyModule(llvm::Module& module, llvm::TargetMachine& machine, int opt_level) {
  Pipeline pipeline(module, machine, opt_level);
  pipeline.Run(pipeline.builder().buildModuleSimplificationPipeline(
      PipelineLevel(opt_level), llvm::ThinOrFullLTOPhase::None));
}

void RunOnFunctions(llvm::Module& module, llvm::TargetMachine& machine,
                    llvm::FunctionPassManager passes) {
  llvm::ModulePassManager whole;
  whole.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(passes)));
  Pipeline(module, machine, /*opt_level=*/1).Run(std::move(whole));
}

absl::StatusOr<llvm::SmallVector<char, 0>> EmitObject(llvm::Module& module,
                                                      llvm::TargetMachine& machine) {
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(NoLibrary(module)));
  if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    return absl::InternalError(absl::StrFormat("LLVM cannot emit an object for the triple %s.",
                                               machine.getTargetTriple().str()));
  }
  passes.run(module);
  return object;
}

}  // namespace opensupa::cc
