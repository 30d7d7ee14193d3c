#include "conformance_backend.h"
#include "opensupa/null/null_adapter.h"

namespace opensupa::conformance {
namespace {

StatusOr<std::unique_ptr<hal::Adapter>> Make(uint32_t devices) {
  return null::MakeNullAdapter({{"null", "NULL0", devices}});
}

}  // namespace

const BackendUnderTest& Backend() {
  static const BackendUnderTest backend{
      "null",
      Make,
      {
          {"Programs", "the null backend has no compute units"},
          {"Faults", "a wrong address ends the process: nothing stands between it and host memory"},
      }};
  return backend;
}

}  // namespace opensupa::conformance
