#pragma once

#include <map>
#include <memory>
#include <string>

#include "opensupa/hal/hal.h"

namespace opensupa::conformance {

/// One backend under test. Each executable links the suites, which are compiled once, with one
/// definition of Backend().
struct BackendUnderTest {
  std::string name;
  /// An adapter with at least `devices` devices. kUnavailable means that this machine has none:
  /// every test is skipped. Any other error fails the tests.
  StatusOr<std::unique_ptr<hal::Adapter>> (*make)(uint32_t devices);
  /// What the backend will never do: "Suite" or "Suite.Test" -> why. A test that fails for any
  /// other reason is a failure.
  std::map<std::string, std::string> unsupported;
};

const BackendUnderTest& Backend();

}  // namespace opensupa::conformance
