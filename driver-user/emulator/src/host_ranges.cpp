#include "host_ranges.h"

#include <iterator>
#include <map>
#include <mutex>

namespace opensupa::emu::host_ranges {
namespace {

struct Table {
  std::mutex mutex;
  std::map<uint64_t, uint64_t> end_of;  // start -> end
};

Table& GetTable() {
  static auto* table = new Table;  // outlives every client, whatever the order of exit
  return *table;
}

}  // namespace

bool Claim(uint64_t start, uint64_t size_bytes) {
  Table& table = GetTable();
  std::lock_guard lock(table.mutex);
  const auto after = table.end_of.lower_bound(start);
  if (after != table.end_of.end() && after->first < start + size_bytes) return false;
  if (after != table.end_of.begin() && std::prev(after)->second > start) return false;
  table.end_of.emplace(start, start + size_bytes);
  return true;
}

void Release(uint64_t start) {
  Table& table = GetTable();
  std::lock_guard lock(table.mutex);
  table.end_of.erase(start);
}

}  // namespace opensupa::emu::host_ranges
