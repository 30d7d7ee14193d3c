#pragma once

#include <vector>

#include "api_test.h"
#include "shapes.h"

namespace language_test {

template <typename Function>
__global__ void RunForEachThread(long long* out) {
  const uint32_t rank = GridRank();
  out[rank] = Function::Run(static_cast<int>(rank));
}

/// Runs `Function::Run(rank)`, a function for both sides, in every thread of every shape and
/// expects what the host's compiler makes of it.
template <typename Function>
void ExpectSameOnBothSides() {
  ForEachShape([](const Shape& shape) {
    api_test::DeviceArray<long long> out(shape.threads());
    RunForEachThread<Function><<<shape.grid, shape.block>>>(out.get());
    SUPA_OK(supaDeviceSynchronize());
    const std::vector<long long> seen = out.Read();
    for (uint32_t rank = 0; rank < shape.threads(); ++rank) {
      ASSERT_EQ(seen[rank], Function::Run(static_cast<int>(rank))) << "in thread " << rank;
    }
  });
}

/// Defines a test of that name, with the body that follows as a function of `n`.
#define SAME_ON_BOTH_SIDES(suite, name)                                             \
  struct name##Function {                                                           \
    __host__ __device__ static long long Run(int n);                                \
  };                                                                                \
  TEST_F(suite, name) { ::language_test::ExpectSameOnBothSides<name##Function>(); } \
  __host__ __device__ long long name##Function::Run(int n)

}  // namespace language_test
