#include "hal_fixture.h"

#include <sys/mman.h>

#include <algorithm>

#include "opensupa/base/fault_point.h"

namespace opensupa::conformance {

StatusOr<Buffer> MakeBuffer(hal::Device& device, uint64_t size_bytes, hal::Placement placement,
                            uint32_t access) {
  const uint64_t page = device.properties().page_bytes;
  const uint64_t whole = (size_bytes + page - 1) / page * page;
  Buffer buffer;
  SUPA_ASSIGN_OR_RETURN(buffer.memory, device.CreateMemory({whole, placement, false}));
  SUPA_ASSIGN_OR_RETURN(buffer.range, device.ReserveRange(whole, 0, 0));
  SUPA_RETURN_IF_ERROR(buffer.range->Bind(0, buffer.memory.get(), 0, whole, access));
  return buffer;
}

HostPages::HostPages(size_t size_bytes) : size_bytes_((size_bytes + 4095) / 4096 * 4096) {
  void* data =
      mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) std::abort();
  data_ = static_cast<uint8_t*>(data);
}

HostPages::~HostPages() { munmap(data_, size_bytes_); }

StatusOr<std::unique_ptr<Session>> Session::Open(hal::Adapter& adapter, uint32_t index) {
  std::unique_ptr<Session> session(new Session);
  SUPA_ASSIGN_OR_RETURN(session->device_, adapter.OpenDevice(index));
  SUPA_RETURN_IF_ERROR(
      session->device_->RegisterHost(session->staging_.data(), session->staging_.size()));
  SUPA_ASSIGN_OR_RETURN(session->fence_, session->device_->CreateFence(0));
  SUPA_ASSIGN_OR_RETURN(session->queue_, session->device_->CreateQueue({}));
  return session;
}

Session::~Session() { Close(); }

void Session::Close() {
  queue_.reset();
  fence_.reset();
  device_.reset();
}

Status Session::Run(std::span<const hal::Command> commands) {
  const hal::FencePoint point{fence_.get(), ++value_};
  SUPA_RETURN_IF_ERROR(queue_->Submit({}, commands, std::span(&point, 1)));
  return fence_->Wait(point.value, kPatienceNs);
}

Status Session::Upload(uint64_t address, std::span<const uint8_t> bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const size_t part = std::min(bytes.size() - done, staging_.size());
    std::copy_n(bytes.data() + done, part, staging_.data());
    SUPA_RETURN_IF_ERROR(Run(hal::CopyCommand{address + done, staging_.address(), part}));
    done += part;
  }
  return absl::OkStatus();
}

StatusOr<std::vector<uint8_t>> Session::Download(uint64_t address, size_t size_bytes) {
  std::vector<uint8_t> bytes(size_bytes);
  for (size_t done = 0; done < size_bytes;) {
    const size_t part = std::min(size_bytes - done, staging_.size());
    SUPA_RETURN_IF_ERROR(Run(hal::CopyCommand{staging_.address(), address + done, part}));
    std::copy_n(staging_.data(), part, bytes.data() + done);
    done += part;
  }
  return bytes;
}

void HalTest::SetUp() {
  const BackendUnderTest& backend = Backend();
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string suite = info->test_suite_name();
  for (const std::string& key : {suite, suite + "." + info->name()}) {
    if (auto found = backend.unsupported.find(key); found != backend.unsupported.end()) {
      GTEST_SKIP() << "Not supported by '" << backend.name << "': " << found->second;
    }
  }
  auto adapter = backend.make(kDevices);
  if (absl::IsUnavailable(adapter.status())) GTEST_SKIP() << adapter.status();
  SUPA_ASSERT_OK(adapter);
  adapter_ = std::move(*adapter);
  auto session = Session::Open(*adapter_, 0);
  SUPA_ASSERT_OK(session);
  session_ = std::move(*session);
}

void HalTest::TearDown() {
  fault::Disarm();
  other_.reset();
  session_.reset();
  adapter_.reset();
}

Session* HalTest::OtherSession() {
  if (other_ == nullptr) {
    auto session = Session::Open(*adapter_, 1);
    if (session.ok()) {
      other_ = std::move(*session);
    } else {
      ADD_FAILURE() << session.status();
    }
  }
  return other_.get();
}

Buffer HalTest::Allocate(uint64_t size_bytes, hal::Placement placement) {
  auto buffer = MakeBuffer(device(), size_bytes, placement);
  EXPECT_TRUE(buffer.ok()) << buffer.status();
  return buffer.ok() ? std::move(*buffer) : Buffer{};
}

std::unique_ptr<hal::Fence> HalTest::MakeFence(uint64_t value) {
  auto fence = device().CreateFence(value);
  EXPECT_TRUE(fence.ok()) << fence.status();
  return fence.ok() ? std::move(*fence) : nullptr;
}

std::unique_ptr<hal::Queue> HalTest::MakeQueue(int32_t priority) {
  auto queue = device().CreateQueue({priority});
  EXPECT_TRUE(queue.ok()) << queue.status();
  return queue.ok() ? std::move(*queue) : nullptr;
}

std::vector<uint8_t> HalTest::Download(const Buffer& buffer, size_t size_bytes) {
  auto bytes = session().Download(buffer.address(), size_bytes);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? std::move(*bytes) : std::vector<uint8_t>(size_bytes);
}

std::vector<uint8_t> Pattern(size_t size_bytes, uint32_t seed) {
  std::vector<uint8_t> bytes(size_bytes);
  uint32_t state = seed * 2654435761u + 1;
  for (uint8_t& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return bytes;
}

}  // namespace opensupa::conformance
