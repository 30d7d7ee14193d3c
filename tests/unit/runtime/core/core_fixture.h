#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "fake_device.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt::testing {

/// Sets an environment variable for as long as it lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    const char* before = std::getenv(name);
    was_set_ = before != nullptr;
    if (was_set_) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (was_set_) {
      setenv(name_, before_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  bool was_set_ = false;
  std::string before_;
};

/// The public code of a status must be `code`.
MATCHER_P(HasCode, code, "") {
  *result_listener << "code " << RuntimeCode(arg) << ": " << arg.ToString();
  return RuntimeCode(arg) == code;
}

/// A runtime of its own with two fake devices and a context on each.
class CoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterFakeBackend();
    runtime_ = std::make_unique<Runtime>();
    ASSERT_TRUE(runtime_->Initialize().ok());
    context_ = *runtime_->Primary(**runtime_->Device(0));
    other_ = *runtime_->Primary(**runtime_->Device(1));
  }

  Runtime& runtime() { return *runtime_; }
  Context& context() { return *context_; }
  const std::shared_ptr<Context>& shared_context() { return context_; }
  Context& other() { return *other_; }
  FakeDevice& device() { return static_cast<FakeDevice&>(context_->device()); }
  FakeDevice& other_device() { return static_cast<FakeDevice&>(other_->device()); }
  Stream& legacy() { return *context_->legacy_stream(); }

  std::shared_ptr<Stream> NewStream(uint32_t flags = 0) {
    return *Stream::Create(context_, Stream::Kind::kCreated, flags, 0);
  }
  void* Allocate(uint64_t size_bytes) {
    return reinterpret_cast<void*>(*context_->Allocate(size_bytes));
  }

 private:
  ScopedVariable devices_{"OPENSUPA_DEVICES", "fake:F0*2"};
  ScopedVariable cache_{"OPENSUPA_CACHE_DISABLE", "1"};
  std::unique_ptr<Runtime> runtime_;
  std::shared_ptr<Context> context_;  // dies before the runtime that it refers to
  std::shared_ptr<Context> other_;
};

}  // namespace opensupa::rt::testing
