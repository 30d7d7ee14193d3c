#include "opensupa/spec/dispatch.h"

#include <atomic>

namespace {

// Null until the first call, so that no constructor has to run before it.
std::atomic<const opensupa_dispatch*> current_table{nullptr};

}  // namespace

const opensupa_dispatch* opensupa_get_dispatch(void) {
  const opensupa_dispatch* table = current_table.load(std::memory_order_acquire);
  if (table != nullptr) return table;
  const opensupa_dispatch* initial = &opensupa::api::InitialDispatch();
  return current_table.compare_exchange_strong(table, initial, std::memory_order_acq_rel) ? initial
                                                                                          : table;
}

const opensupa_dispatch* opensupa_set_dispatch(const opensupa_dispatch* table) {
  const opensupa_dispatch* before = current_table.exchange(table, std::memory_order_acq_rel);
  return before != nullptr ? before : &opensupa::api::InitialDispatch();
}
