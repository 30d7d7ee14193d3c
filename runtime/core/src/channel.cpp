#include "opensupa/core/channel.h"

#include <cstdlib>

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::rt {

StagingRing::~StagingRing() {
  if (memory_ == nullptr) return;
  // Fails only when the address space is gone, and the mapping with it.
  device_->UnregisterHost(memory_).IgnoreError();
  std::free(memory_);
}

Status StagingRing::Allocate() {
  OPENSUPA_FAULT_POINT("runtime.staging");
  void* memory = std::aligned_alloc(4096, kRingBytes);
  if (memory == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("The host has no room for a staging ring of %d bytes.", kRingBytes));
  }
  if (Status status = device_->RegisterHost(memory, kRingBytes); !status.ok()) {
    std::free(memory);
    return status;
  }
  memory_ = static_cast<std::byte*>(memory);
  return absl::OkStatus();
}

StatusOr<std::byte*> StagingRing::Take(uint64_t size_bytes, hal::Fence& fence) {
  if (memory_ == nullptr) SUPA_RETURN_IF_ERROR(Allocate());
  uint64_t start = head_;
  if (start % kRingBytes + size_bytes > kRingBytes) start += kRingBytes - start % kRingBytes;
  while (!in_use_.empty() &&
         (fence.Value() >= in_use_.front().second || start + size_bytes > tail_ + kRingBytes)) {
    SUPA_RETURN_IF_ERROR(fence.Wait(in_use_.front().second, -1));
    tail_ = in_use_.front().first;
    in_use_.pop_front();
  }
  if (in_use_.empty()) tail_ = start;
  head_ = (start + size_bytes + 63) / 64 * 64;
  return memory_ + start % kRingBytes;
}

void StagingRing::Commit(uint64_t value) { in_use_.emplace_back(head_, value); }

StatusOr<std::shared_ptr<Channel>> ChannelPool::Acquire(int32_t priority, bool blocking) {
  OPENSUPA_FAULT_POINT("runtime.stream_create");
  std::unique_lock lock(mutex_);
  for (const auto& channel : channels_) {
    if (channel->priority != priority || channel->in_use.load() || !channel->Idle()) continue;
    channel->blocking.store(blocking);
    channel->in_use.store(true);
    return channel;
  }
  auto channel = std::make_shared<Channel>(device_);
  channel->priority = priority;
  channel->blocking.store(blocking);
  SUPA_ASSIGN_OR_RETURN(channel->fence, device_->CreateFence(0));
  SUPA_ASSIGN_OR_RETURN(channel->queue, device_->CreateQueue({priority}));
  channels_.push_back(channel);
  count_.store(channels_.size(), std::memory_order_release);
  return channel;
}

void ChannelPool::Release(const std::shared_ptr<Channel>& channel) { channel->in_use.store(false); }

void ChannelPool::Close() {
  std::vector<std::shared_ptr<Channel>> channels;
  std::unique_lock lock(mutex_);
  channels.swap(channels_);
  count_.store(0, std::memory_order_release);
  lock.unlock();
}

}  // namespace opensupa::rt
