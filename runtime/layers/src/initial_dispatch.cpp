#include "opensupa/base/options.h"
#include "opensupa/layers/trace.h"

namespace opensupa::api {

const opensupa_dispatch& InitialDispatch() {
  return options::GetBoolean(options::kTrace) ? layers::trace::Table() : DefaultDispatch();
}

}  // namespace opensupa::api
