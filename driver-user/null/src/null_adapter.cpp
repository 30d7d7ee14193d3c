#include "opensupa/null/null_adapter.h"

#include "absl/strings/str_cat.h"
#include "null_device.h"

namespace opensupa::null {
namespace {

class NullAdapter final : public hal::Adapter {
 public:
  explicit NullAdapter(uint32_t count) : count_(count) {}
  const std::string& backend() const override { return backend_; }
  uint32_t DeviceCount() const override { return count_; }

  StatusOr<hal::DeviceProperties> GetProperties(uint32_t index) const override {
    SUPA_RETURN_IF_ERROR(CheckIndex(index));
    return MakeProperties(index);
  }

  StatusOr<std::unique_ptr<hal::Device>> OpenDevice(uint32_t index) override {
    SUPA_RETURN_IF_ERROR(CheckIndex(index));
    return std::make_unique<NullDevice>(MakeProperties(index));
  }

 private:
  Status CheckIndex(uint32_t index) const {
    if (index < count_) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("Backend 'null' has ", count_, " devices; there is no device ", index, "."));
  }

  const std::string backend_ = "null";
  const uint32_t count_;
};

}  // namespace

StatusOr<std::unique_ptr<hal::Adapter>> MakeNullAdapter(const std::vector<hal::DeviceSpec>& specs) {
  uint32_t count = 0;
  for (const hal::DeviceSpec& spec : specs) {
    if (spec.model != "NULL0") {
      return absl::NotFoundError(absl::StrCat("The null backend has no model '", spec.model,
                                              "'; its only model is NULL0."));
    }
    count += spec.count;
  }
  return std::make_unique<NullAdapter>(count);
}

}  // namespace opensupa::null
