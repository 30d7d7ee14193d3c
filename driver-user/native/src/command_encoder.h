#pragma once

#include "opensupa/hal/hal.h"
#include "packet_ring.h"

namespace opensupa::native {

/// Appends the packets of a checked command; nothing for an empty copy or fill. Host calls are the
/// queue's, since they take more than packets.
Status EncodeCommand(const hal::Command& command, PacketRing& ring);

/// A packet that waits until the 64-bit value at `address` is >= `value`, or stores it there.
supa_packet WaitPacket(uint64_t address, uint64_t value);
supa_packet SignalPacket(uint64_t address, uint64_t value);

}  // namespace opensupa::native
