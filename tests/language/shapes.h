#pragma once

#include <supa_runtime.h>

#include <cstdint>
#include <ostream>

namespace language_test {

/// One launch: blocks in the grid and threads in a block.
struct Shape {
  dim3 grid;
  dim3 block;

  uint32_t blocks() const { return grid.x * grid.y * grid.z; }
  uint32_t threads_per_block() const { return block.x * block.y * block.z; }
  uint32_t threads() const { return blocks() * threads_per_block(); }
};

inline std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << "grid " << shape.grid.x << "x" << shape.grid.y << "x" << shape.grid.z
             << " of blocks " << shape.block.x << "x" << shape.block.y << "x" << shape.block.z;
}

/// Shapes that every feature is tried at: one thread to the largest block, partial warps, one to
/// three dimensions, one and several blocks.
inline const Shape kShapes[] = {
    {{1, 1, 1}, {1, 1, 1}},    {{1, 1, 1}, {31, 1, 1}},   {{3, 1, 1}, {32, 1, 1}},
    {{1, 1, 1}, {33, 1, 1}},   {{2, 1, 1}, {97, 1, 1}},   {{5, 1, 1}, {128, 1, 1}},
    {{1, 1, 1}, {1023, 1, 1}}, {{2, 1, 1}, {1024, 1, 1}}, {{1, 1, 1}, {1, 37, 1}},
    {{2, 3, 1}, {17, 3, 1}},   {{1, 2, 1}, {32, 32, 1}},  {{1, 1, 1}, {1, 1, 64}},
    {{2, 1, 3}, {5, 7, 3}},    {{1, 2, 2}, {8, 8, 16}},   {{2, 2, 1}, {16, 16, 1}},
    {{1, 3, 1}, {32, 8, 1}},   {{2, 1, 1}, {64, 4, 1}},   {{1, 1, 2}, {16, 6, 2}},
};

/// Calls `test(shape)` for every shape; stops at the first that fails, and names it.
template <typename Test>
void ForEachShape(Test test) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(::testing::Message() << shape);
    test(shape);
    if (::testing::Test::HasFailure()) return;
  }
}

/// Index of the calling thread in its block, and in the grid.
__device__ inline uint32_t ThreadRank() {
  return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}
__device__ inline uint32_t BlockRank() {
  return blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
}
__device__ inline uint32_t GridRank() {
  return BlockRank() * (blockDim.x * blockDim.y * blockDim.z) + ThreadRank();
}

}  // namespace language_test
