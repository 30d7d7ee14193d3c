#include "opensupa/core/program_registry.h"

#include <dlfcn.h>

#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

std::string ObjectOf(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  return absl::StrFormat("%s@%p", info.dli_fname, info.dli_fbase);
}

StatusOr<std::span<const std::byte>> BytesOf(const binary::FatBinaryWrapper* wrapper) {
  if (wrapper == nullptr || wrapper->magic != binary::kWrapperMagic ||
      wrapper->version != binary::kWrapperVersion || wrapper->fat_binary == nullptr) {
    return MakeError(supaErrorInvalidKernelImage,
                     absl::StrFormat("The record at %p is no registration of a SUPA fat binary.",
                                     static_cast<const void*>(wrapper)));
  }
  StatusOr<uint64_t> size_bytes = binary::FatBinarySize(wrapper->fat_binary);
  if (!size_bytes.ok()) return WithCode(size_bytes.status(), supaErrorInvalidKernelImage);
  return std::span(static_cast<const std::byte*>(wrapper->fat_binary), *size_bytes);
}

}  // namespace

void** ProgramRegistry::Register(const binary::FatBinaryWrapper* wrapper) {
  auto registration = std::make_unique<Registration>();
  registration->wrapper = wrapper;
  registration->object = ObjectOf(wrapper);
  void** handle = reinterpret_cast<void**>(registration.get());
  std::unique_lock lock(mutex_);
  registrations_[handle] = std::move(registration);
  return handle;
}

void ProgramRegistry::RegisterFunction(void** handle, const void* stub, const char* name) {
  std::unique_lock lock(mutex_);
  auto it = registrations_.find(handle);
  if (it == registrations_.end() || name == nullptr) return;
  functions_[stub] = {it->second.get(), name};
}

void ProgramRegistry::RegisterVariable(void** handle, const void* shadow, const char* name) {
  std::unique_lock lock(mutex_);
  auto it = registrations_.find(handle);
  if (it == registrations_.end() || name == nullptr) return;
  variables_[shadow] = {it->second.get(), name};
}

void ProgramRegistry::RegisterManaged(void** handle, void* storage, uint64_t size_bytes,
                                      const char* name) {
  RegisterVariable(handle, storage, name);
  std::unique_lock lock(mutex_);
  auto it = registrations_.find(handle);
  if (it == registrations_.end() || name == nullptr) return;
  it->second->managed[name] = {storage, size_bytes};
}

std::shared_ptr<Image> ProgramRegistry::Unregister(void** handle) {
  std::lock_guard image_lock(image_mutex_);
  std::unique_lock lock(mutex_);
  auto it = registrations_.find(handle);
  if (it == registrations_.end()) return nullptr;
  Registration* registration = it->second.get();
  auto gone = [registration](const auto& entry) {
    return entry.second.registration == registration;
  };
  absl::erase_if(functions_, gone);
  absl::erase_if(variables_, gone);
  std::shared_ptr<Image> image = registration->image;
  registrations_.erase(it);
  return image;
}

StatusOr<std::shared_ptr<Image>> ProgramRegistry::LinkObject(const std::string& object) {
  // In the order of the program, so that each run asks for the same link.
  std::map<const std::byte*, std::pair<Registration*, std::span<const std::byte>>> members;
  Image::ManagedVariables managed;
  {
    std::shared_lock lock(mutex_);
    for (const auto& [handle, registration] : registrations_) {
      if (registration->object != object) continue;
      SUPA_ASSIGN_OR_RETURN(std::span<const std::byte> bytes, BytesOf(registration->wrapper));
      StatusOr<binary::LazyFatBinary> parsed = binary::LazyFatBinary::Open(bytes);
      if (!parsed.ok()) return WithCode(parsed.status(), supaErrorInvalidKernelImage);
      if (!parsed->head().relocatable) continue;
      members[bytes.data()] = {registration.get(), bytes};
      managed.insert(registration->managed.begin(), registration->managed.end());
    }
  }
  std::vector<std::span<const std::byte>> images;
  for (const auto& [address, member] : members) images.push_back(member.second);
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Image> linked, Image::Link(images, store_));
  linked->SetManaged(std::move(managed));
  for (const auto& [address, member] : members) {
    if (member.first->image == nullptr) member.first->image = linked;
  }
  return linked;
}

StatusOr<std::shared_ptr<Image>> ProgramRegistry::ImageOf(Registration& registration) {
  if (registration.image != nullptr) return registration.image;
  SUPA_ASSIGN_OR_RETURN(std::span<const std::byte> bytes, BytesOf(registration.wrapper));
  StatusOr<binary::LazyFatBinary> opened = binary::LazyFatBinary::Open(bytes);
  if (opened.ok() && opened->head().relocatable) return LinkObject(registration.object);
  if (!opened.ok()) {
    return Image::CannotUse(opened.status(), absl::StrCat("of ", registration.object));
  }
  // The bytes are part of the program.
  registration.image = std::make_shared<Image>(*std::move(opened), std::vector<std::byte>());
  registration.image->SetManaged(registration.managed);
  return registration.image;
}

StatusOr<RegisteredSymbol> ProgramRegistry::Find(const Symbols& symbols, const void* host,
                                                 supaError_t missing, const char* what) {
  // Held while the registration is in use, so that it cannot be taken away under our feet.
  std::lock_guard image_lock(image_mutex_);
  Symbol symbol;
  {
    std::shared_lock lock(mutex_);
    auto it = symbols.find(host);
    if (it == symbols.end()) {
      return MakeError(missing,
                       absl::StrFormat("Address %p is no %s of a loaded program.", host, what));
    }
    symbol = it->second;
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Image> image, ImageOf(*symbol.registration));
  return RegisteredSymbol{std::move(image), std::move(symbol.name)};
}

StatusOr<RegisteredSymbol> ProgramRegistry::FindFunction(const void* stub) {
  return Find(functions_, stub, supaErrorInvalidDeviceFunction, "kernel");
}

StatusOr<RegisteredSymbol> ProgramRegistry::FindVariable(const void* shadow) {
  return Find(variables_, shadow, supaErrorInvalidSymbol, "device variable");
}

}  // namespace opensupa::rt
