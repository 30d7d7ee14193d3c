#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace opensupa::fuzz {

/// Where and when an access happens. Times count the synchronisations that the thread's block, and
/// its whole warp, went through.
struct AccessPoint {
  uint32_t thread = 0;
  uint32_t warp = 0;
  uint32_t block = 0;
  uint32_t block_time = 0;
  uint32_t warp_time = 0;
};

/// Finds accesses to shared or global memory whose outcome depends on the order of threads: two
/// accesses of one byte, at least one of them a write, by different threads without a barrier, or a
/// synchronisation of their warp, in between. Atomic operations of one kind may meet, since they
/// commute.
class RaceChecker {
 public:
  static constexpr uint8_t kPlain = 1;

  /// Watches `size_bytes` bytes, which count as written before if `initialised`.
  void Watch(size_t size_bytes) { cells_.assign(size_bytes, Cell()); }
  void SetInitialised(size_t offset, size_t size_bytes, bool initialised);

  /// Each returns an empty string, or says what is wrong. `kind` is kPlain, or another number for
  /// each kind of atomic operation whose result nobody looks at.
  std::string Read(size_t offset, size_t size_bytes, const AccessPoint& point);
  std::string Write(size_t offset, size_t size_bytes, const AccessPoint& point, uint8_t kind);

 private:
  static constexpr uint32_t kMany = 0xffffffff;
  static constexpr uint32_t kNobody = 0xfffffffe;

  struct Accesses {
    uint32_t thread = kNobody;
    uint32_t warp = 0;
    uint32_t block = 0;
    uint32_t block_time = 0;
    uint32_t warp_time = 0;
  };
  struct Cell {
    Accesses writes;
    Accesses reads;
    uint8_t kind = 0;
    bool initialised = false;
  };

  static bool Ordered(const Accesses& before, const AccessPoint& now);
  static void Note(Accesses& accesses, const AccessPoint& now);

  std::vector<Cell> cells_;
};

}  // namespace opensupa::fuzz
