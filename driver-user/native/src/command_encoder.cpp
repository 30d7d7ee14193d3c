#include "command_encoder.h"

#include <algorithm>
#include <cstdint>

#include "opensupa/hal/command_check.h"

namespace opensupa::native {
namespace {

Status Encode(const hal::DispatchCommand& command, PacketRing& ring) {
  SUPA_ASSIGN_OR_RETURN(uint64_t args_va,
                        ring.PutArguments(command.args.data(), command.args.size()));
  supa_packet packet{};
  packet.dispatch.header.type = SUPA_PACKET_DISPATCH;
  packet.dispatch.dynamic_shared_bytes = command.dynamic_shared_bytes;
  packet.dispatch.descriptor_va = command.kernel;
  packet.dispatch.args_va = args_va;
  packet.dispatch.grid[0] = command.grid.x;
  packet.dispatch.grid[1] = command.grid.y;
  packet.dispatch.grid[2] = command.grid.z;
  packet.dispatch.block[0] = static_cast<uint16_t>(command.block.x);
  packet.dispatch.block[1] = static_cast<uint16_t>(command.block.y);
  packet.dispatch.block[2] = static_cast<uint16_t>(command.block.z);
  packet.dispatch.cluster[0] = static_cast<uint16_t>(command.cluster.x);
  packet.dispatch.cluster[1] = static_cast<uint16_t>(command.cluster.y);
  packet.dispatch.cluster[2] = static_cast<uint16_t>(command.cluster.z);
  packet.dispatch.header.flags = command.cooperative ? SUPA_DISPATCH_COOPERATIVE : 0;
  packet.dispatch.heap_units = static_cast<uint32_t>(std::min<uint64_t>(
      (command.heap_limit_bytes + SUPA_HEAP_UNIT_BYTES - 1) / SUPA_HEAP_UNIT_BYTES, UINT32_MAX));
  packet.dispatch.cookie = command.cookie;
  return ring.Append(packet);
}

Status Encode(const hal::CopyCommand& command, PacketRing& ring) {
  if (hal::IsEmpty(command)) return absl::OkStatus();
  supa_packet packet{};
  packet.copy.header.type = SUPA_PACKET_COPY;
  packet.copy.dst_va = command.dst;
  packet.copy.src_va = command.src;
  packet.copy.size_bytes = command.size_bytes;
  return ring.Append(packet);
}

Status Encode(const hal::CopyRectCommand& command, PacketRing& ring) {
  if (hal::IsEmpty(command)) return absl::OkStatus();
  supa_copy_rect rect{};
  rect.dst_va = command.dst;
  rect.src_va = command.src;
  rect.dst_pitch_bytes = command.dst_pitch_bytes;
  rect.src_pitch_bytes = command.src_pitch_bytes;
  rect.dst_slice_bytes = command.dst_slice_bytes;
  rect.src_slice_bytes = command.src_slice_bytes;
  rect.width_bytes = command.width_bytes;
  rect.height = command.height;
  rect.depth = command.depth;
  supa_packet packet{};
  packet.copy_rect.header.type = SUPA_PACKET_COPY_RECT;
  SUPA_ASSIGN_OR_RETURN(packet.copy_rect.rect_va, ring.PutArguments(&rect, sizeof(rect)));
  return ring.Append(packet);
}

Status Encode(const hal::FillCommand& command, PacketRing& ring) {
  if (hal::IsEmpty(command)) return absl::OkStatus();
  supa_packet packet{};
  packet.fill.header.type = SUPA_PACKET_FILL;
  packet.fill.element_bytes = command.element_bytes;
  packet.fill.dst_va = command.dst;
  packet.fill.value = command.value;
  packet.fill.width_elements = command.width_elements;
  packet.fill.height = command.height;
  packet.fill.pitch_bytes = command.pitch_bytes;
  return ring.Append(packet);
}

Status Encode(const hal::TimestampCommand& command, PacketRing& ring) {
  supa_packet packet{};
  packet.fence.header.type = SUPA_PACKET_TIMESTAMP;
  packet.fence.address = command.dst;
  return ring.Append(packet);
}

Status Encode(const hal::WriteValueCommand& command, PacketRing& ring) {
  supa_packet packet = SignalPacket(command.dst, command.value);
  if (!command.is_64bit) packet.fence.header.flags |= SUPA_VALUE_32BIT;
  return ring.Append(packet);
}

Status Encode(const hal::WaitValueCommand& command, PacketRing& ring) {
  supa_packet packet = WaitPacket(command.src, command.value);
  if (!command.is_64bit) packet.fence.header.flags |= SUPA_VALUE_32BIT;
  if (command.equal) packet.fence.header.flags |= SUPA_WAIT_EQUAL;
  return ring.Append(packet);
}

Status Encode(const hal::HostCallCommand&, PacketRing&) {
  return absl::InternalError("A host call was given to the packet encoder.");
}

}  // namespace

Status EncodeCommand(const hal::Command& command, PacketRing& ring) {
  return std::visit([&](const auto& one) { return Encode(one, ring); }, command);
}

supa_packet WaitPacket(uint64_t address, uint64_t value) {
  supa_packet packet{};
  packet.fence.header.type = SUPA_PACKET_WAIT;
  packet.fence.address = address;
  packet.fence.value = value;
  return packet;
}

supa_packet SignalPacket(uint64_t address, uint64_t value) {
  supa_packet packet{};
  packet.fence.header.type = SUPA_PACKET_SIGNAL;
  packet.fence.address = address;
  packet.fence.value = value;
  return packet;
}

}  // namespace opensupa::native
