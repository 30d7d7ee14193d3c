#include "opensupa/passes/embed_host.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstrTypes.h"
#include "managed_host.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {
namespace {

constexpr uint32_t kCudaMagic = 0x466243b1;
constexpr uint64_t kFatBinaryAlignmentBytes = 1u << 16;
constexpr char kLinkedRegistration[] = "__cudaRegisterLinkedBinary";

/// Functions that keep their parameters and change their name only.
constexpr std::pair<const char*, const char*> kRenamed[] = {
    {"__cudaPushCallConfiguration", "__supaPushCallConfiguration"},
    {"__cudaPopCallConfiguration", "__supaPopCallConfiguration"},
    {"__cudaRegisterFatBinary", "__supaRegisterFatBinary"},
    {"__cudaRegisterFatBinaryEnd", "__supaRegisterFatBinaryEnd"},
    {"__cudaUnregisterFatBinary", "__supaUnregisterFatBinary"},
    {"__cudaRegisterFunction", "__supaRegisterFunction"},
    {"__cudaRegisterVar", "__supaRegisterVar"},
    {"__cudaRegisterManagedVar", "__supaRegisterManagedVar"},
    {"__cudaRegisterSurface", "__supaRegisterSurface"},
    {"__cudaRegisterTexture", "__supaRegisterTexture"},
    {"cudaLaunchKernel", "supaLaunchKernel"},
    {"cudaLaunchKernel_ptsz", "supaLaunchKernel_ptsz"}};

absl::Status Unexpected(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "The host module does not have the registration that clang 19 writes: ", what, "."));
}

/// Gives `function` the name `to`, or sends its uses to the function that has it already. A
/// function with a body is the program's own and stays.
void Rename(llvm::Module& module, const char* from, const char* to) {
  llvm::Function* function = module.getFunction(from);
  if (function == nullptr || !function->isDeclaration()) return;
  if (function->use_empty()) {
    function->eraseFromParent();
    return;
  }
  llvm::GlobalValue* existing = module.getNamedValue(to);
  if (existing == nullptr) {
    function->setName(to);
    return;
  }
  function->replaceAllUsesWith(existing);
  function->eraseFromParent();
}

/// The registration of one host module.
class Embedder {
 public:
  Embedder(llvm::Module& module, std::span<const std::byte> fat_binary)
      : module_(module),
        device_half_(fat_binary),
        pointer_(llvm::PointerType::get(module.getContext(), 0)) {}

  absl::Status Run() {
    wrapper_ = module_.getNamedGlobal("__cuda_fatbin_wrapper");
    if (wrapper_ == nullptr) device_half_ = {};
    if (wrapper_ != nullptr) {
      if (absl::Status status = RewriteWrapper(); !status.ok()) return status;
    }
    if (absl::Status status = PlaceManagedVariables(module_, device_half_); !status.ok()) {
      return status;
    }
    if (wrapper_ != nullptr) {
      if (absl::Status status = RewriteConstructor(); !status.ok()) return status;
    }
    for (const auto& [from, to] : kRenamed) Rename(module_, from, to);
    return absl::OkStatus();
  }

 private:
  /// The fat binary gets its own section, and the wrapper SUPA's magic and version.
  absl::Status RewriteWrapper() {
    const auto* old = llvm::dyn_cast<llvm::ConstantStruct>(wrapper_->getInitializer());
    if (old == nullptr || old->getNumOperands() != 4) return Unexpected("its wrapper is no struct");
    const auto* magic = llvm::dyn_cast<llvm::ConstantInt>(old->getOperand(0));
    if (magic == nullptr || magic->getZExtValue() != kCudaMagic) {
      return Unexpected("its wrapper has another magic number");
    }
    auto* fat_binary =
        llvm::dyn_cast<llvm::GlobalVariable>(old->getOperand(2)->stripPointerCasts());
    if (fat_binary == nullptr) {
      return Unexpected("it holds no fat binary (compile with -fcuda-include-gpubinary)");
    }
    if (device_half_.empty()) {
      device_half_ = EmbeddedBytes(*fat_binary);
    } else {
      fat_binary = Replace(*fat_binary, device_half_);
    }
    fat_binary->setLinkage(llvm::GlobalValue::InternalLinkage);
    fat_binary->setName("__supa_fatbin");
    fat_binary->setSection(".supa_fatbin");
    fat_binary->setAlignment(llvm::Align(kFatBinaryAlignmentBytes));

    auto* word = llvm::Type::getInt32Ty(module_.getContext());
    wrapper_->setInitializer(
        llvm::ConstantStruct::get(llvm::cast<llvm::StructType>(old->getType()),
                                  {llvm::ConstantInt::get(word, binary::kWrapperMagic),
                                   llvm::ConstantInt::get(word, binary::kWrapperVersion),
                                   fat_binary, llvm::ConstantPointerNull::get(pointer_)}));
    wrapper_->setName("__supa_fatbin_wrapper");
    wrapper_->setSection(".supaFatBinSegment");
    return absl::OkStatus();
  }

  absl::Status RewriteConstructor() {
    llvm::Function* constructor = module_.getFunction("__cuda_module_ctor");
    if (constructor == nullptr || constructor->isDeclaration()) {
      return Unexpected("it has no constructor");
    }
    constructor->setName("__supa_module_ctor");
    llvm::Function* registration = module_.getFunction("__cuda_register_globals");
    if (registration != nullptr) registration->setName("__supa_register_globals");
    llvm::CallInst* linked = FindLinkedRegistration(*constructor);
    if (linked != nullptr) return RewriteLinked(*constructor, *linked);

    llvm::GlobalVariable* handle = module_.getNamedGlobal("__cuda_gpubin_handle");
    llvm::Function* destructor = module_.getFunction("__cuda_module_dtor");
    if (handle == nullptr || destructor == nullptr) {
      return Unexpected("it has no handle or no destructor");
    }
    handle->setName("__supa_gpubin_handle");
    destructor->setName("__supa_module_dtor");
    return absl::OkStatus();
  }

  /// The one call that clang's constructor makes with -fgpu-rdc, or null.
  static llvm::CallInst* FindLinkedRegistration(llvm::Function& constructor) {
    for (llvm::Instruction& instruction : constructor.getEntryBlock()) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (call == nullptr || call->getCalledFunction() == nullptr) continue;
      if (call->getCalledFunction()->getName().starts_with(kLinkedRegistration)) return call;
    }
    return nullptr;
  }

  /// -fgpu-rdc: clang leaves the registration to a linker step. Here each object registers itself
  /// and the runtime links the images of one shared object.
  absl::Status RewriteLinked(llvm::Function& constructor, llvm::CallInst& linked) {
    if (linked.arg_size() != 4) return Unexpected("its call for a linked binary is another one");
    llvm::Value* registration = linked.getArgOperand(0);
    auto* module_id =
        llvm::dyn_cast<llvm::GlobalVariable>(linked.getArgOperand(2)->stripPointerCasts());
    auto* callback = llvm::dyn_cast<llvm::Function>(linked.getArgOperand(3)->stripPointerCasts());
    llvm::Function* linker = linked.getCalledFunction();
    auto* handle = new llvm::GlobalVariable(
        module_, pointer_, /*isConstant=*/false, llvm::GlobalValue::InternalLinkage,
        llvm::ConstantPointerNull::get(pointer_), "__supa_gpubin_handle");
    handle->setAlignment(llvm::Align(8));

    auto* nothing = llvm::Type::getVoidTy(module_.getContext());
    llvm::IRBuilder<> builder(&linked);
    llvm::Value* registered = builder.CreateCall(
        module_.getOrInsertFunction("__supaRegisterFatBinary", pointer_, pointer_), {wrapper_});
    builder.CreateStore(registered, handle);
    if (llvm::isa<llvm::Function>(registration)) {
      auto* type = llvm::FunctionType::get(nothing, {pointer_}, false);
      builder.CreateCall(type, registration, {registered});
    }
    builder.CreateCall(module_.getOrInsertFunction("__supaRegisterFatBinaryEnd", nothing, pointer_),
                       {registered});
    builder.CreateCall(module_.getOrInsertFunction("atexit", builder.getInt32Ty(), pointer_),
                       {MakeDestructor(*handle, constructor)});

    linked.eraseFromParent();
    if (linker->use_empty()) linker->eraseFromParent();
    EraseAliases();
    if (module_id != nullptr && module_id->use_empty()) module_id->eraseFromParent();
    if (callback != nullptr && callback->use_empty()) callback->eraseFromParent();
    return absl::OkStatus();
  }

  llvm::Function* MakeDestructor(llvm::GlobalVariable& handle, const llvm::Function& constructor) {
    auto* nothing = llvm::Type::getVoidTy(module_.getContext());
    auto* destructor =
        llvm::Function::Create(llvm::FunctionType::get(nothing, false),
                               llvm::GlobalValue::InternalLinkage, "__supa_module_dtor", module_);
    destructor->copyAttributesFrom(&constructor);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module_.getContext(), "entry", destructor));
    builder.CreateCall(module_.getOrInsertFunction("__supaUnregisterFatBinary", nothing, pointer_),
                       {builder.CreateLoad(pointer_, &handle)});
    builder.CreateRetVoid();
    return destructor;
  }

  /// Names for the wrapper that only a device linker would look for; they are global, so two
  /// objects of the same source would clash.
  void EraseAliases() {
    for (llvm::GlobalAlias& alias : llvm::make_early_inc_range(module_.aliases())) {
      if (!alias.getName().starts_with("__fatbinwrap")) continue;
      alias.replaceAllUsesWith(alias.getAliasee());
      alias.eraseFromParent();
    }
  }

  /// The bytes that clang put behind the wrapper.
  static std::span<const std::byte> EmbeddedBytes(const llvm::GlobalVariable& fat_binary) {
    const auto* data = fat_binary.hasInitializer()
                           ? llvm::dyn_cast<llvm::ConstantDataArray>(fat_binary.getInitializer())
                           : nullptr;
    if (data == nullptr) return {};
    const llvm::StringRef bytes = data->getRawDataValues();
    return std::as_bytes(std::span(bytes.data(), bytes.size()));
  }

  /// Puts `bytes` in place of what clang embedded.
  static llvm::GlobalVariable* Replace(llvm::GlobalVariable& embedded,
                                       std::span<const std::byte> bytes) {
    const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    llvm::Constant* value =
        llvm::ConstantDataArray::getString(embedded.getContext(), text, /*AddNull=*/false);
    auto* replacement = new llvm::GlobalVariable(*embedded.getParent(), value->getType(),
                                                 /*isConstant=*/true, embedded.getLinkage(), value);
    embedded.replaceAllUsesWith(replacement);
    embedded.eraseFromParent();
    return replacement;
  }

  llvm::Module& module_;
  std::span<const std::byte> device_half_;
  llvm::PointerType* pointer_;
  llvm::GlobalVariable* wrapper_ = nullptr;
};

}  // namespace

absl::Status EmbedHost(llvm::Module& module, std::span<const std::byte> fat_binary) {
  return Embedder(module, fat_binary).Run();
}

}  // namespace opensupa::cc
