#pragma once

#include "queues.h"

namespace opensupa::emu {

class Hub;

enum class Step {
  kRetired,  // one packet is done
  kJob,      // queue.job holds the work of the next packet, which is retired after it
  kBlocked,  // the next packet waits
  kEmpty,
  kDead  // the queue takes no more packets
};

/// Takes the next packet of `queue`, whose claim the caller holds: checks all of it, then does it
/// or makes a job of it. A packet that is wrong ends the address space with a BAD_PACKET event.
Step TakePacket(Hub& hub, Queue& queue);

}  // namespace opensupa::emu
