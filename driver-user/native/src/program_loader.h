#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "device_buffer.h"
#include "opensupa/binary/code_object.h"

namespace opensupa::native {

/// The code objects loaded on one device. Unloading does not wait for kernels that still run.
/// Thread safe.
class ProgramLoader {
 public:
  explicit ProgramLoader(std::shared_ptr<DeviceContext> context) : context_(std::move(context)) {}

  StatusOr<hal::ProgramId> Load(std::span<const std::byte> code_object);
  Status Unload(hal::ProgramId program);
  StatusOr<hal::KernelHandle> FindKernel(hal::ProgramId program, const std::string& name);
  StatusOr<hal::Symbol> FindVariable(hal::ProgramId program, const std::string& name);

  /// Readable name of a loaded kernel; empty when there is none.
  std::string KernelName(hal::KernelHandle kernel);

 private:
  struct Program {
    std::unique_ptr<NativeRange> range;
    std::unordered_map<std::string, hal::KernelHandle> kernels;
    std::unordered_map<std::string, hal::Symbol> variables;
  };

  Status CheckTarget(const binary::CodeObject& object) const;
  StatusOr<std::unique_ptr<NativeRange>> Place(const binary::CodeObject& object);
  StatusOr<const Program*> Find(hal::ProgramId program) const;  // with mutex_ held

  const std::shared_ptr<DeviceContext> context_;
  std::mutex mutex_;
  hal::ProgramId next_id_ = 1;
  std::map<hal::ProgramId, Program> programs_;
};

}  // namespace opensupa::native
