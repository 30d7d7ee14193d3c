#include "opensupa/hal/command_check.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace opensupa::hal {
namespace {

Status Wrong(std::string text) { return absl::InvalidArgumentError(std::move(text)); }

std::string Text(const Dim3& dim) { return absl::StrFormat("(%d, %d, %d)", dim.x, dim.y, dim.z); }

Status CheckDim(const char* what, const Dim3& dim, const Dim3& limit) {
  if (dim.x == 0 || dim.y == 0 || dim.z == 0) {
    return Wrong(absl::StrCat("A launch with a ", what, " of ", Text(dim), " runs nothing."));
  }
  if (dim.x > limit.x || dim.y > limit.y || dim.z > limit.z) {
    return Wrong(absl::StrCat("A launch has a ", what, " of ", Text(dim), ", above the limit of ",
                              Text(limit), "."));
  }
  return absl::OkStatus();
}

Status Check(const DispatchCommand& command, const DeviceProperties& properties) {
  if (command.kernel == 0) return Wrong("A launch names no kernel.");
  SUPA_RETURN_IF_ERROR(CheckDim("grid", command.grid, properties.max_grid_dim));
  SUPA_RETURN_IF_ERROR(CheckDim("block", command.block, properties.max_block_dim));
  const uint64_t threads = uint64_t{command.block.x} * command.block.y * command.block.z;
  if (threads > properties.max_threads_per_block) {
    return Wrong(absl::StrCat("A launch has ", threads, " threads in a block, above the limit of ",
                              properties.max_threads_per_block, "."));
  }
  if (command.dynamic_shared_bytes > properties.shared_bytes_per_block_optin) {
    return Wrong(absl::StrCat("A launch asks for ", command.dynamic_shared_bytes,
                              " bytes of dynamic shared memory, above the limit of ",
                              properties.shared_bytes_per_block_optin, "."));
  }
  return absl::OkStatus();
}

bool Overflows(uint64_t address, uint64_t bytes) {
  return bytes > std::numeric_limits<uint64_t>::max() - address;
}

Status Check(const CopyCommand& command, const DeviceProperties&) {
  if (Overflows(command.dst, command.size_bytes) || Overflows(command.src, command.size_bytes)) {
    return Wrong(absl::StrFormat("A copy of %d bytes from 0x%x to 0x%x leaves the address space.",
                                 command.size_bytes, command.src, command.dst));
  }
  return absl::OkStatus();
}

Status CheckPitches(const char* side, const CopyRectCommand& command, uint64_t pitch_bytes,
                    uint64_t slice_bytes) {
  if (command.height > 1 && pitch_bytes < command.width_bytes) {
    return Wrong(absl::StrCat("A copy of rows of ", command.width_bytes, " bytes has a ", side,
                              " pitch of ", pitch_bytes, " bytes, so its rows would overlap."));
  }
  if (command.depth > 1 && slice_bytes < command.width_bytes) {
    return Wrong(absl::StrCat("A copy of slices with rows of ", command.width_bytes,
                              " bytes has a ", side, " slice pitch of ", slice_bytes,
                              " bytes, so its slices would overlap."));
  }
  return absl::OkStatus();
}

Status Check(const CopyRectCommand& command, const DeviceProperties&) {
  if (IsEmpty(command)) return absl::OkStatus();
  SUPA_RETURN_IF_ERROR(
      CheckPitches("destination", command, command.dst_pitch_bytes, command.dst_slice_bytes));
  return CheckPitches("source", command, command.src_pitch_bytes, command.src_slice_bytes);
}

Status Check(const FillCommand& command, const DeviceProperties&) {
  const uint32_t element = command.element_bytes;
  if (element != 1 && element != 2 && element != 4 && element != 8) {
    return Wrong(
        absl::StrCat("A fill has elements of ", element, " bytes; they may have 1, 2, 4 or 8."));
  }
  if (IsEmpty(command)) return absl::OkStatus();
  const uint64_t row_bytes = command.width_elements * element;
  if (command.width_elements > std::numeric_limits<uint64_t>::max() / element ||
      Overflows(command.dst, row_bytes)) {
    return Wrong(
        absl::StrFormat("A fill of %d elements of %d bytes at 0x%x leaves the address "
                        "space.",
                        command.width_elements, element, command.dst));
  }
  if (command.dst % element != 0 || (command.height > 1 && command.pitch_bytes % element != 0)) {
    return Wrong(
        absl::StrFormat("A fill with elements of %d bytes has rows at 0x%x, %d bytes "
                        "apart, which is not aligned to its elements.",
                        element, command.dst, command.pitch_bytes));
  }
  if (command.height > 1 && command.pitch_bytes < row_bytes) {
    return Wrong(absl::StrCat("A fill of rows of ", row_bytes, " bytes has a pitch of ",
                              command.pitch_bytes, " bytes, so its rows would overlap."));
  }
  return absl::OkStatus();
}

Status CheckAligned(const char* what, uint64_t address, uint64_t align_bytes) {
  if (address == 0 || address % align_bytes != 0) {
    return Wrong(absl::StrFormat("%s at 0x%x needs an address that is a multiple of %d.", what,
                                 address, align_bytes));
  }
  return absl::OkStatus();
}

Status Check(const TimestampCommand& command, const DeviceProperties&) {
  return CheckAligned("A timestamp", command.dst, 8);
}
Status Check(const WriteValueCommand& command, const DeviceProperties&) {
  return CheckAligned("A value write", command.dst, command.is_64bit ? 8 : 4);
}
Status Check(const WaitValueCommand& command, const DeviceProperties&) {
  return CheckAligned("A value wait", command.src, command.is_64bit ? 8 : 4);
}
Status Check(const HostCallCommand&, const DeviceProperties&) { return absl::OkStatus(); }

}  // namespace

Status CheckCommand(const Command& command, const DeviceProperties& properties) {
  return std::visit([&](const auto& one) { return Check(one, properties); }, command);
}

bool IsEmpty(const CopyCommand& command) { return command.size_bytes == 0; }

bool IsEmpty(const CopyRectCommand& command) {
  return command.width_bytes == 0 || command.height == 0 || command.depth == 0;
}

bool IsEmpty(const FillCommand& command) {
  return command.width_elements == 0 || command.height == 0;
}

}  // namespace opensupa::hal
