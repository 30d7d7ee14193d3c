#include "opensupa/core/channel.h"

#include "opensupa/base/fault_point.h"

namespace opensupa::rt {

StatusOr<std::shared_ptr<Channel>> ChannelPool::Acquire(int32_t priority, bool blocking) {
  OPENSUPA_FAULT_POINT("runtime.stream_create");
  std::unique_lock lock(mutex_);
  for (const auto& channel : channels_) {
    if (channel->priority != priority || channel->in_use.load() || !channel->Idle()) continue;
    channel->blocking.store(blocking);
    channel->in_use.store(true);
    return channel;
  }
  auto channel = std::make_shared<Channel>();
  channel->device = device_;
  channel->priority = priority;
  channel->blocking.store(blocking);
  SUPA_ASSIGN_OR_RETURN(channel->fence, device_->CreateFence(0));
  SUPA_ASSIGN_OR_RETURN(channel->queue, device_->CreateQueue({priority}));
  channels_.push_back(channel);
  return channel;
}

void ChannelPool::Release(const std::shared_ptr<Channel>& channel) {
  channel->in_use.store(false);
}

void ChannelPool::Close() {
  std::vector<std::shared_ptr<Channel>> channels;
  std::unique_lock lock(mutex_);
  channels.swap(channels_);
  lock.unlock();
}

}  // namespace opensupa::rt
