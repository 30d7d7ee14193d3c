#pragma once

#include <memory>

#include "job.h"
#include "opensupa/port/packets.h"
#include "queues.h"

/// Copies and fills, cut into parts that several threads share. All ranges have been checked
/// against the address space; memory that goes away meanwhile makes a page fault event.
namespace opensupa::emu {

class Hub;

void MakeCopyJob(Hub& hub, Queue& queue, const supa_packet_copy& copy);
void MakeRectJob(Hub& hub, Queue& queue, const supa_copy_rect& rect);
void MakeFillJob(Hub& hub, Queue& queue, const supa_packet_fill& fill);

}  // namespace opensupa::emu
