#include "opensupa/core/module.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/binary/code_object.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

/// True when the device refused the code as such, so that compiling afresh may help.
bool IsRefused(const Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition ||
         status.code() == absl::StatusCode::kDataLoss;
}

/// `code` with the slot of each managed variable set to the variable's storage in host memory,
/// which the device is given access to.
StatusOr<std::shared_ptr<const std::vector<std::byte>>> BindManaged(
    Context& context, const Image& image, std::shared_ptr<const std::vector<std::byte>> code) {
  if (image.managed().empty()) return code;
  SUPA_ASSIGN_OR_RETURN(binary::CodeObject object, binary::ParseCodeObject(*code));
  for (const auto& [name, variable] : image.managed()) {
    const std::string slot_name = name + binary::kManagedSlotSuffix;
    const auto slot = std::find_if(object.variables.begin(), object.variables.end(),
                                   [&](const auto& symbol) { return symbol.name == slot_name; });
    if (slot == object.variables.end()) continue;  // no kernel uses it
    SUPA_RETURN_IF_ERROR(
        context.runtime().host_memory().RegisterManaged(variable.storage, variable.size_bytes));
    const uint64_t offset_bytes = slot->offset_bytes - object.data_offset_bytes;
    const uint64_t address = reinterpret_cast<uint64_t>(variable.storage);
    if (slot->offset_bytes < object.data_offset_bytes || object.data.size() < sizeof(address) ||
        offset_bytes > object.data.size() - sizeof(address)) {
      return absl::DataLossError(
          absl::StrCat("The slot of the managed variable '", name, "' lies outside the data."));
    }
    std::memcpy(object.data.data() + offset_bytes, &address, sizeof(address));
    std::erase_if(object.relocations, [&](const auto& relocation) {
      return relocation.offset_bytes == slot->offset_bytes;
    });
  }
  return std::make_shared<const std::vector<std::byte>>(binary::Serialize(object));
}

}  // namespace

Function::Function(Module& module, const binary::KernelInfo& info, hal::KernelHandle handle)
    : module_(module),
      info_(info),
      handle_(handle),
      code_target_(module.context().properties().code_target),
      has_variants_(
          module.context().runtime().specializer().CanServe(*module.image(), code_target_)) {
  const hal::DeviceProperties& device = module.context().properties();
  max_threads_per_block_ = device.max_threads_per_block;
  if (info.max_threads_per_block != 0) {
    max_threads_per_block_ = std::min(max_threads_per_block_, info.max_threads_per_block);
  }
  max_dynamic_shared_bytes = device.shared_bytes_per_block > info.static_shared_bytes
                                 ? device.shared_bytes_per_block - info.static_shared_bytes
                                 : 0;
}

Function::~Function() {
  for (const KernelVariants::Variant& variant : variants_.All()) {
    module_.device().UnloadProgram(variant.program).IgnoreError();
  }
}

Context& Function::context() const { return module_.context(); }

hal::KernelHandle Function::HandleFor(const hal::Dim3& block) {
  if (!has_variants_) return handle_;
  Specializer& specializer = context().runtime().specializer();
  KernelVariants::Advice advice;
  const KernelVariants::Variant* variant = variants_.Find(block, specializer.eager(), advice);
  if (variant != nullptr) return variant->handle;
  if (advice == KernelVariants::Advice::kNone) return handle_;
  specializer.Follow(std::shared_ptr<Function>(module_.shared_from_this(), this), block, advice);
  variant = variants_.Get(block);
  return variant != nullptr ? variant->handle : handle_;
}

bool Function::HasHandle(hal::KernelHandle handle) const {
  if (handle == handle_) return true;
  const std::vector<KernelVariants::Variant> all = variants_.All();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& variant) { return variant.handle == handle; });
}

Module::Module(Context& context, std::shared_ptr<Image> image, hal::ProgramId program)
    : context_(context),
      device_(context.shared_device()),
      image_(std::move(image)),
      program_(program) {}

Module::~Module() {
  // Fails only when the address space is gone, and the program with it.
  device_->UnloadProgram(program_).IgnoreError();
}

StatusOr<std::shared_ptr<Module>> Module::Load(Context& context, std::shared_ptr<Image> image,
                                               std::string* log) {
  SUPA_RETURN_IF_ERROR(context.CheckHealth());
  OPENSUPA_FAULT_POINT("runtime.module_load");
  CodeStore& store = context.runtime().code_store();
  const std::string& target = context.properties().code_target;
  if (target == hal::kNoCodeTarget) {
    return MakeError(supaErrorNotSupported,
                     absl::StrCat("Device ", context.device_ordinal(), ", a ",
                                  context.properties().model, ", runs no device code."));
  }
  SUPA_ASSIGN_OR_RETURN(auto code, image->CodeFor(target, Image::Source::kAny, store, log));
  SUPA_ASSIGN_OR_RETURN(code, BindManaged(context, *image, std::move(code)));
  StatusOr<hal::ProgramId> program = context.device().LoadProgram(*code);
  if (!program.ok() && IsRefused(program.status()) && image->has_portable_code()) {
    log::Write(log::Level::kWarning,
               absl::StrCat("Stored device code is compiled again: ", program.status().message()));
    SUPA_ASSIGN_OR_RETURN(code, image->CodeFor(target, Image::Source::kCompiler, store, log));
    SUPA_ASSIGN_OR_RETURN(code, BindManaged(context, *image, std::move(code)));
    program = context.device().LoadProgram(*code);
  }
  if (!program.ok()) {
    return WithContext(
        context.Translate(program.status()),
        absl::StrCat("loading the device code of '", image->fat_binary().source, "' for ", target));
  }
  auto module = std::make_shared<Module>(context, std::move(image), *program);
  SUPA_RETURN_IF_ERROR(module->RegisterVariables());
  return module;
}

Status Module::RegisterVariables() {
  for (const binary::VariableInfo& info : image_->fat_binary().variables) {
    if (info.external) continue;
    if (auto managed = image_->managed().find(info.name); managed != image_->managed().end()) {
      SUPA_RETURN_IF_ERROR(context_.runtime().host_memory().RegisterManaged(
          managed->second.storage, managed->second.size_bytes));
      variables_[info.name] = {reinterpret_cast<uint64_t>(managed->second.storage),
                               managed->second.size_bytes};
      continue;
    }
    StatusOr<hal::Symbol> symbol = device_->FindVariable(program_, info.name);
    // A variable that no kernel uses may have been left out of the code.
    if (symbol.status().code() == absl::StatusCode::kNotFound) continue;
    SUPA_RETURN_IF_ERROR(symbol.status());
    const uint64_t size_bytes = std::max(info.size_bytes, symbol->size_bytes);
    if (size_bytes == 0) continue;
    SUPA_RETURN_IF_ERROR(context_.runtime()
                             .addresses()
                             .Insert({symbol->address, size_bytes, MemoryKind::kVariable,
                                      context_.device_ordinal(), context_.id(), 0, 0})
                             .status());
    variables_[info.name] = {symbol->address, size_bytes};
  }
  return absl::OkStatus();
}

StatusOr<std::shared_ptr<Function>> Module::FindFunction(absl::string_view name) {
  const binary::KernelInfo* info = image_->FindKernel(name);
  if (info == nullptr) {
    return MakeError(supaErrorSymbolNotFound,
                     absl::StrCat("The device image of '", image_->fat_binary().source,
                                  "' has no kernel named '", name, "'."));
  }
  std::lock_guard lock(mutex_);
  std::unique_ptr<Function>& function = functions_[info->name];
  if (function == nullptr) {
    StatusOr<hal::KernelHandle> handle = device_->FindKernel(program_, info->name);
    if (!handle.ok()) {
      functions_.erase(info->name);
      return handle.status();
    }
    function = std::make_unique<Function>(*this, *info, *handle);
  }
  return std::shared_ptr<Function>(shared_from_this(), function.get());
}

StatusOr<Variable> Module::FindVariable(absl::string_view name) const {
  auto it = variables_.find(name);
  if (it == variables_.end()) {
    return MakeError(supaErrorSymbolNotFound,
                     absl::StrCat("The device image of '", image_->fat_binary().source,
                                  "' has no variable named '", name, "'."));
  }
  return it->second;
}

std::string Module::KernelName(hal::KernelHandle handle) const {
  std::lock_guard lock(mutex_);
  for (const auto& [name, function] : functions_) {
    if (function != nullptr && function->HasHandle(handle)) return name;
  }
  return "";
}

StatusOr<std::shared_ptr<Module>> ModuleSet::ModuleOfImage(const std::shared_ptr<Image>& image) {
  {
    std::shared_lock lock(mutex_);
    if (auto it = by_image_.find(image.get()); it != by_image_.end()) return it->second;
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Module> module, Module::Load(context_, image, nullptr));
  std::unique_lock lock(mutex_);
  by_image_[image.get()] = module;
  return module;
}

StatusOr<std::shared_ptr<Function>> ModuleSet::FunctionOfStub(const void* stub) {
  {
    std::shared_lock lock(mutex_);
    if (auto it = stubs_.find(stub); it != stubs_.end()) return it->second;
  }
  SUPA_RETURN_IF_ERROR(context_.CheckHealth());
  std::lock_guard load_lock(load_mutex_);
  SUPA_ASSIGN_OR_RETURN(RegisteredSymbol symbol, context_.runtime().programs().FindFunction(stub));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Module> module, ModuleOfImage(symbol.image));
  StatusOr<std::shared_ptr<Function>> function = module->FindFunction(symbol.name);
  if (!function.ok()) return WithCode(function.status(), supaErrorInvalidDeviceFunction);
  std::unique_lock lock(mutex_);
  stubs_[stub] = *function;
  return *function;
}

StatusOr<Variable> ModuleSet::VariableOfShadow(const void* shadow) {
  {
    std::shared_lock lock(mutex_);
    if (auto it = shadows_.find(shadow); it != shadows_.end()) return it->second;
  }
  SUPA_RETURN_IF_ERROR(context_.CheckHealth());
  std::lock_guard load_lock(load_mutex_);
  SUPA_ASSIGN_OR_RETURN(RegisteredSymbol symbol,
                        context_.runtime().programs().FindVariable(shadow));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Module> module, ModuleOfImage(symbol.image));
  StatusOr<Variable> variable = module->FindVariable(symbol.name);
  if (!variable.ok()) return WithCode(variable.status(), supaErrorInvalidSymbol);
  std::unique_lock lock(mutex_);
  shadows_[shadow] = *variable;
  return *variable;
}

StatusOr<std::shared_ptr<Module>> ModuleSet::Load(std::shared_ptr<Image> image, std::string* log) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Module> module,
                        Module::Load(context_, std::move(image), log));
  std::unique_lock lock(mutex_);
  loaded_.push_back(module);
  return module;
}

Status ModuleSet::Unload(const std::shared_ptr<Module>& module) {
  SUPA_RETURN_IF_ERROR(context_.Synchronize());
  std::unique_lock lock(mutex_);
  std::erase(loaded_, module);
  for (const auto& info : module->image()->fat_binary().variables) {
    if (module->image()->managed().contains(info.name)) continue;
    if (StatusOr<Variable> variable = module->FindVariable(info.name); variable.ok()) {
      context_.runtime().addresses().Remove(variable->address);
    }
  }
  return absl::OkStatus();
}

void ModuleSet::UnloadImage(const std::shared_ptr<Image>& image) {
  std::shared_ptr<Module> module;
  {
    std::shared_lock lock(mutex_);
    auto it = by_image_.find(image.get());
    if (it == by_image_.end()) return;
    module = it->second;
  }
  // Its kernels may still run. What they did wrong is reported by the next call of the program. The
  // code of one that does not end stays.
  if (!context_.poisoned() && absl::IsDeadlineExceeded(context_.WaitForWork(Context::kEndWaitNs))) {
    return;
  }
  std::unique_lock lock(mutex_);
  by_image_.erase(image.get());
  absl::erase_if(stubs_,
                 [&](const auto& entry) { return &entry.second->module() == module.get(); });
  for (const auto& info : image->fat_binary().variables) {
    StatusOr<Variable> variable = module->FindVariable(info.name);
    if (!variable.ok()) continue;
    // The storage of a managed variable is not the module's; the others may use it.
    if (!image->managed().contains(info.name)) {
      context_.runtime().addresses().Remove(variable->address);
    }
    absl::erase_if(shadows_,
                   [&](const auto& entry) { return entry.second.address == variable->address; });
  }
}

void ModuleSet::Clear() {
  std::unique_lock lock(mutex_);
  stubs_.clear();
  shadows_.clear();
  by_image_.clear();
  loaded_.clear();
}

std::string ModuleSet::KernelName(hal::KernelHandle handle) const {
  std::shared_lock lock(mutex_);
  for (const auto& [image, module] : by_image_) {
    if (std::string name = module->KernelName(handle); !name.empty()) return name;
  }
  for (const auto& module : loaded_) {
    if (std::string name = module->KernelName(handle); !name.empty()) return name;
  }
  return "";
}

}  // namespace opensupa::rt
