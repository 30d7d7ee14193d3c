#include "opensupa/spec/dispatch.h"

#include <atomic>

namespace {

// Null stands for the default table, so that no constructor has to run before the first call.
std::atomic<const opensupa_dispatch*> current_table{nullptr};

}  // namespace

const opensupa_dispatch* opensupa_get_dispatch(void) {
  const opensupa_dispatch* table = current_table.load(std::memory_order_acquire);
  return table != nullptr ? table : &opensupa::api::DefaultDispatch();
}

const opensupa_dispatch* opensupa_set_dispatch(const opensupa_dispatch* table) {
  const opensupa_dispatch* before = current_table.exchange(table, std::memory_order_acq_rel);
  return before != nullptr ? before : &opensupa::api::DefaultDispatch();
}
