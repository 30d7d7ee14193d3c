#include "program_loader.h"

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::native {
namespace {

uint64_t AlignUp(uint64_t value, uint64_t align) { return (value + align - 1) / align * align; }

std::string Demangled(const std::string& name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  std::string result = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return result;
}

Status Upload(const binary::CodeObject& object, uint64_t image_va, std::byte* image) {
  if (!object.text.empty()) std::memcpy(image, object.text.data(), object.text.size());
  if (!object.data.empty()) {
    std::memcpy(image + object.data_offset_bytes, object.data.data(), object.data.size());
  }
  const uint64_t size = object.ImageSizeBytes();
  for (const binary::CodeObject::Relocation& relocation : object.relocations) {
    if (size < sizeof(uint64_t) || relocation.offset_bytes > size - sizeof(uint64_t)) {
      return absl::DataLossError(absl::StrCat("A relocation of the code object at offset ",
                                              relocation.offset_bytes,
                                              " lies outside of its image of ", size, " bytes."));
    }
    const uint64_t value = image_va + static_cast<uint64_t>(relocation.addend_bytes);
    std::memcpy(image + relocation.offset_bytes, &value, sizeof(value));
  }
  return absl::OkStatus();
}

Status CheckDescriptor(const binary::CodeObject& object, const binary::CodeObject::Symbol& kernel) {
  binary::abi::KernelDescriptor descriptor;
  if (kernel.offset_bytes % alignof(binary::abi::KernelDescriptor) != 0 ||
      object.text.size() < sizeof(descriptor) ||
      kernel.offset_bytes > object.text.size() - sizeof(descriptor)) {
    return absl::DataLossError(absl::StrCat("The descriptor of kernel '", kernel.name,
                                            "' at offset ", kernel.offset_bytes,
                                            " lies outside of the code object's text."));
  }
  std::memcpy(&descriptor, object.text.data() + kernel.offset_bytes, sizeof(descriptor));
  if (descriptor.abi_version != binary::abi::kDeviceAbiVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Kernel '", kernel.name, "' was compiled for version ", descriptor.abi_version,
        " of the device ABI, but this driver needs version ", binary::abi::kDeviceAbiVersion, "."));
  }
  return absl::OkStatus();
}

}  // namespace

Status ProgramLoader::CheckTarget(const binary::CodeObject& object) const {
  const std::string& wanted = context_->properties().code_target;
  if (object.target != wanted) {
    return absl::FailedPreconditionError(
        absl::StrCat("The code object is for target '", object.target, "', but card ",
                     context_->port().name(), " needs '", wanted, "'."));
  }
  if (object.device_abi != binary::abi::kDeviceAbiVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "The code object has version ", object.device_abi,
        " of the device ABI, but this driver needs version ", binary::abi::kDeviceAbiVersion, "."));
  }
  for (const binary::CodeObject::Symbol& kernel : object.kernels) {
    SUPA_RETURN_IF_ERROR(CheckDescriptor(object, kernel));
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<NativeRange>> ProgramLoader::Place(const binary::CodeObject& object) {
  const uint64_t page = context_->properties().page_bytes;
  const uint64_t text_bytes = object.data_offset_bytes;
  const uint64_t image_bytes = AlignUp(std::max<uint64_t>(object.ImageSizeBytes(), 1), page);
  hal::MemoryDesc desc;
  desc.size_bytes = image_bytes;
  desc.placement = hal::Placement::kDevice;
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<BufferObject> bo, BufferObject::Create(context_, desc));
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<NativeRange> range,
                        NativeRange::Reserve(context_, image_bytes, 0, 0));
  // Two binds, since the access of text and data will differ. New memory reads as zero, which is
  // what bss needs.
  constexpr uint32_t kReadWrite = hal::kAccessRead | hal::kAccessWrite;
  if (text_bytes != 0) {
    SUPA_RETURN_IF_ERROR(range->BindObject(0, bo, 0, text_bytes, kReadWrite));
  }
  if (image_bytes > text_bytes) {
    SUPA_RETURN_IF_ERROR(
        range->BindObject(text_bytes, bo, text_bytes, image_bytes - text_bytes, kReadWrite));
  }
  SUPA_ASSIGN_OR_RETURN(std::byte * image,
                        DeviceBuffer::HostPointer(*context_, *bo, range->base()));
  SUPA_RETURN_IF_ERROR(Upload(object, range->base(), image));
  if (text_bytes != 0) {
    SUPA_RETURN_IF_ERROR(range->SetAccess(0, text_bytes, hal::kAccessRead | hal::kAccessExecute));
  }
  return range;
}

StatusOr<hal::ProgramId> ProgramLoader::Load(std::span<const std::byte> code_object) {
  SUPA_ASSIGN_OR_RETURN(binary::CodeObject object, binary::ParseCodeObject(code_object));
  SUPA_RETURN_IF_ERROR(CheckTarget(object));
  Program program;
  SUPA_ASSIGN_OR_RETURN(program.range, Place(object));
  const uint64_t base = program.range->base();
  for (const auto& kernel : object.kernels)
    program.kernels[kernel.name] = base + kernel.offset_bytes;
  for (const auto& variable : object.variables) {
    program.variables[variable.name] = {base + variable.offset_bytes, variable.size_bytes};
  }
  std::lock_guard lock(mutex_);
  const hal::ProgramId id = next_id_++;
  programs_.emplace(id, std::move(program));
  return id;
}

Status ProgramLoader::Unload(hal::ProgramId program) {
  std::lock_guard lock(mutex_);
  if (programs_.erase(program) == 0) {
    return absl::NotFoundError(absl::StrCat("There is no program ", program, " to unload."));
  }
  return absl::OkStatus();
}

StatusOr<const ProgramLoader::Program*> ProgramLoader::Find(hal::ProgramId program) const {
  auto found = programs_.find(program);
  if (found == programs_.end()) {
    return absl::NotFoundError(absl::StrCat("There is no program ", program, "."));
  }
  return &found->second;
}

StatusOr<hal::KernelHandle> ProgramLoader::FindKernel(hal::ProgramId program,
                                                      const std::string& name) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(const Program* owner, Find(program));
  auto found = owner->kernels.find(name);
  if (found == owner->kernels.end()) {
    return absl::NotFoundError(absl::StrCat("Program ", program, " has no kernel '", name,
                                            "'; it has ", owner->kernels.size(), " kernels."));
  }
  return found->second;
}

StatusOr<hal::Symbol> ProgramLoader::FindVariable(hal::ProgramId program, const std::string& name) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(const Program* owner, Find(program));
  auto found = owner->variables.find(name);
  if (found == owner->variables.end()) {
    return absl::NotFoundError(absl::StrCat("Program ", program, " has no variable '", name,
                                            "'; it has ", owner->variables.size(), " variables."));
  }
  return found->second;
}

std::string ProgramLoader::KernelName(hal::KernelHandle kernel) {
  std::lock_guard lock(mutex_);
  for (const auto& [id, program] : programs_) {
    const uint64_t base = program.range->base();
    if (kernel < base || kernel >= base + program.range->size_bytes()) continue;
    for (const auto& [name, handle] : program.kernels) {
      if (handle == kernel) return Demangled(name);
    }
  }
  return "";
}

}  // namespace opensupa::native
