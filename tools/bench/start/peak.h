// The peak memory of this process, in a way that costs next to nothing.

#ifndef SUPA_BENCH_START_PEAK_H_
#define SUPA_BENCH_START_PEAK_H_

#include <cstdio>

/// Prints the peak resident size in KiB, or 0 where the system does not tell. What a parent learns
/// of its child from wait4 would include the parent's own memory.
inline void PrintPeakKib() {
  char line[256];
  unsigned long peak_kib = 0;
  if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
    while (std::fgets(line, sizeof(line), file) != nullptr) {
      if (std::sscanf(line, "VmHWM: %lu", &peak_kib) == 1) break;
    }
    std::fclose(file);
  }
  std::printf("%lu\n", peak_kib);
}

#endif  // SUPA_BENCH_START_PEAK_H_
