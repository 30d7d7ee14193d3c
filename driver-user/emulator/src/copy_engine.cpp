#include "copy_engine.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "hub.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

// Large enough that starting a part costs nothing beside it, small enough that many threads share a
// copy and that a more urgent queue waits for microseconds only.
constexpr uint64_t kPartBytes = 256 << 10;
// About what one host core copies.
constexpr uint64_t kBytesPerNs = 10;

void* Pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

uint64_t DivideUp(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

class TransferJob : public Job {
 public:
  TransferJob(Hub& hub, Queue& queue, uint64_t units)
      : Job(units, hub.worker_count()), hub_(hub), queue_(queue) {}

  bool needs_lane() const override { return false; }
  uint64_t UnitNs() const override { return UnitBytes() / kBytesPerNs + 1; }
  void NoteUnitNs(uint64_t) override {}

  void Run(uint64_t first, uint64_t count, Lane*) override {
    for (uint64_t i = first; i < first + count; ++i) {
      if (RunUnit(i)) continue;
      Stop();
      const safe::Fault fault = safe::LastFault();
      supa_uapi_event event{};
      event.type = SUPA_UAPI_EVENT_PAGE_FAULT;
      event.address = fault.address;
      event.access = fault.write ? SUPA_UAPI_BIND_ACCESS_WRITE : SUPA_UAPI_BIND_ACCESS_READ;
      hub_.Fail(queue_, event,
                absl::StrFormat("The copy engine could not %s %#x: the memory is gone.",
                                fault.write ? "write" : "read", fault.address));
      return;
    }
  }

 protected:
  virtual bool RunUnit(uint64_t unit) = 0;
  virtual uint64_t UnitBytes() const = 0;

 private:
  Hub& hub_;
  Queue& queue_;
};

class CopyJob final : public TransferJob {
 public:
  CopyJob(Hub& hub, Queue& queue, const supa_packet_copy& copy)
      : TransferJob(hub, queue, DivideUp(copy.size_bytes, kPartBytes)), copy_(copy) {}

 private:
  bool RunUnit(uint64_t unit) override {
    const uint64_t offset = unit * kPartBytes;
    return safe::Copy(Pointer(copy_.dst_va + offset), Pointer(copy_.src_va + offset),
                      std::min(kPartBytes, copy_.size_bytes - offset));
  }

  uint64_t UnitBytes() const override { return kPartBytes; }

  const supa_packet_copy copy_;
};

class RectJob final : public TransferJob {
 public:
  RectJob(Hub& hub, Queue& queue, const supa_copy_rect& rect)
      : TransferJob(hub, queue, rect.width_bytes == 0 ? 0 : rect.height * rect.depth),
        rect_(rect) {}

 private:
  bool RunUnit(uint64_t unit) override {
    const uint64_t row = unit % rect_.height;
    const uint64_t slice = unit / rect_.height;
    return safe::Copy(
        Pointer(rect_.dst_va + slice * rect_.dst_slice_bytes + row * rect_.dst_pitch_bytes),
        Pointer(rect_.src_va + slice * rect_.src_slice_bytes + row * rect_.src_pitch_bytes),
        rect_.width_bytes);
  }

  uint64_t UnitBytes() const override { return rect_.width_bytes; }

  const supa_copy_rect rect_;
};

/// Rows of a fill; a single row is cut into parts that count as rows.
class FillJob final : public TransferJob {
 public:
  FillJob(Hub& hub, Queue& queue, const supa_packet_fill& fill, const supa_packet_fill& rows)
      : TransferJob(hub, queue, rows.width_elements == 0 ? 0 : rows.height),
        end_va_(fill.dst_va + (fill.height - 1) * fill.pitch_bytes +
                fill.width_elements * fill.element_bytes),
        rows_(rows) {}

 private:
  bool RunUnit(uint64_t unit) override {
    const uint64_t va = rows_.dst_va + unit * rows_.pitch_bytes;
    const uint64_t count = std::min(rows_.width_elements, (end_va_ - va) / rows_.element_bytes);
    return safe::Fill(Pointer(va), rows_.value, count, rows_.element_bytes);
  }

  uint64_t UnitBytes() const override { return rows_.width_elements * rows_.element_bytes; }

  const uint64_t end_va_;
  const supa_packet_fill rows_;
};

}  // namespace

void MakeCopyJob(Hub& hub, Queue& queue, const supa_packet_copy& copy) {
  queue.MakeJob<CopyJob>(hub, queue, copy);
}

void MakeRectJob(Hub& hub, Queue& queue, const supa_copy_rect& rect) {
  queue.MakeJob<RectJob>(hub, queue, rect);
}

void MakeFillJob(Hub& hub, Queue& queue, const supa_packet_fill& fill) {
  supa_packet_fill rows = fill;
  const uint64_t row_bytes = fill.width_elements * fill.element_bytes;
  if (fill.height == 1 && row_bytes > kPartBytes) {
    rows.width_elements = kPartBytes / fill.element_bytes;
    rows.pitch_bytes = kPartBytes;
    rows.height = DivideUp(row_bytes, kPartBytes);
  }
  queue.MakeJob<FillJob>(hub, queue, fill, rows);
}

}  // namespace opensupa::emu
