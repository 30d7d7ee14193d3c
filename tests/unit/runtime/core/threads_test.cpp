// Many host threads in one context: for the thread sanitizer, and for results that need order.

#include <thread>

#include "image_fixture.h"
#include "opensupa/core/copy.h"
#include "opensupa/core/event.h"
#include "opensupa/core/launch.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {
namespace {

class ThreadsTest : public testing::ImageTest {
 protected:
  static constexpr int kThreads = 8;

  template <typename Work>
  void InThreads(Work work) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&work, t] { work(t); });
    for (std::thread& thread : threads) thread.join();
  }

  /// One round on memory of the thread's own: fill, copy between two buffers, read back.
  Status Round(Stream& stream, Event& event, uint8_t mark) {
    SUPA_ASSIGN_OR_RETURN(uint64_t first, context().Allocate(512));
    SUPA_ASSIGN_OR_RETURN(uint64_t second, context().Allocate(512));
    FillBox fill;
    fill.dst = reinterpret_cast<void*>(first);
    fill.value = mark;
    fill.width_elements = 512;
    SUPA_RETURN_IF_ERROR(Fill(stream, fill, Wait::kNo));
    CopyBox box;
    box.dst = reinterpret_cast<void*>(second);
    box.src = fill.dst;
    box.width_bytes = 512;
    SUPA_RETURN_IF_ERROR(Copy(stream, box, supaMemcpyDeviceToDevice, Wait::kNo));
    SUPA_RETURN_IF_ERROR(event.Record(stream));
    SUPA_RETURN_IF_ERROR(legacy().WaitFor(event.point()));
    std::vector<uint8_t> out(512);
    box.src = box.dst;
    box.dst = out.data();
    SUPA_RETURN_IF_ERROR(Copy(legacy(), box, supaMemcpyDeviceToHost, Wait::kForHost));
    for (uint8_t byte : out) {
      if (byte != mark) return absl::InternalError("A byte is wrong.");
    }
    SUPA_RETURN_IF_ERROR(context().FreeAsync(first, stream));
    return context().Free(second);
  }
};

TEST_F(ThreadsTest, GivenThreadsWithStreamsOfTheirOwnThenResultsAreRight) {
  std::atomic<int> wrong{0};
  InThreads([&](int t) {
    auto stream = NewStream(t % 2 == 0 ? supaStreamNonBlocking : 0);
    auto event = std::make_shared<Event>(shared_context(), t % 3 == 0 ? supaEventDisableTiming : 0);
    for (int i = 0; i < 100; ++i) {
      if (!Round(*stream, *event, static_cast<uint8_t>(t * 31 + i)).ok()) ++wrong;
      if (i % 10 == 0) stream = NewStream(i % 20 == 0 ? supaStreamNonBlocking : 0);
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_TRUE(context().Synchronize().ok());
}

TEST_F(ThreadsTest, GivenThreadsThatUseAKernelFirstAtOneTimeThenItIsLoadedOnce) {
  const std::vector<std::byte> blob = binary::Serialize(testing::SampleImage("k", "raced"));
  const binary::FatBinaryWrapper wrapper{binary::kWrapperMagic, binary::kWrapperVersion,
                                         blob.data(), nullptr};
  const int stub = 0;
  runtime().programs().RegisterFunction(runtime().programs().Register(&wrapper), &stub, "k");
  std::atomic<int> wrong{0};
  InThreads([&](int) {
    int first = 0;
    void* pointers[] = {&first, &pointers};
    auto stream = NewStream();
    for (int i = 0; i < 50; ++i) {
      StatusOr<std::shared_ptr<Function>> function = context().modules().FunctionOfStub(&stub);
      if (!function.ok() ||
          !Launch(**function, *stream, {{1, 1, 1}, {32, 1, 1}, 0, false}, {pointers, nullptr, 0})
               .ok()) {
        ++wrong;
      }
    }
  });
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(device().programs.size(), 1u);
  EXPECT_TRUE(context().Synchronize().ok());
  EXPECT_EQ(device().dispatches.size(), 50u * kThreads);
}

TEST_F(ThreadsTest, GivenThreadsThatStartTheRuntimeTogetherThenTheyShareOnePrimaryContext) {
  Runtime fresh;
  std::array<std::shared_ptr<Context>, kThreads> seen;
  InThreads([&](int t) { seen[t] = *fresh.Primary(**fresh.Device(0)); });
  for (const auto& context : seen) EXPECT_EQ(context, seen.front());
}

TEST_F(ThreadsTest, GivenThreadsWithoutADeviceThenAllAreToldSo) {
  testing::ScopedVariable none("OPENSUPA_DEVICES", "nothing:X");
  Runtime fresh;
  std::atomic<int> right{0};
  InThreads([&](int) {
    if (RuntimeCode(fresh.Initialize()) == supaErrorNoDevice && fresh.rejected().size() == 1) {
      ++right;
    }
  });
  EXPECT_EQ(right.load(), kThreads);
}

}  // namespace
}  // namespace opensupa::rt
