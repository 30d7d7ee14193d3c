#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/port/port.h"
#include "opensupa/port/recording.h"

namespace opensupa::port {
namespace {

constexpr uint32_t kMaxNameBytes = 4096;
constexpr uint32_t kMaxStructBytes = 65536;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

uint64_t NowNs() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

class RecordingPort final : public Port {
 public:
  RecordingPort(std::unique_ptr<Port> inner, File file, std::string path)
      : inner_(std::move(inner)),
        file_(std::move(file)),
        path_(std::move(path)),
        origin_ns_(NowNs()) {}

  int Call(uint32_t op, void* arg, uint32_t size_bytes) override {
    RecordedCall call{};
    const bool readable = arg != nullptr && size_bytes <= kMaxStructBytes;
    if (readable) Keep(call.in, arg, size_bytes);
    const uint64_t start_ns = NowNs();
    const int result = inner_->Call(op, arg, size_bytes);
    const uint64_t end_ns = NowNs();
    if (readable) Keep(call.out, arg, size_bytes);
    call.header = {.start_ns = start_ns - origin_ns_,
                   .duration_ns = end_ns - start_ns,
                   .op = op,
                   .result = result,
                   .struct_bytes = static_cast<uint32_t>(call.in.size()),
                   .thread = 0};
    Append(call);
    return result;
  }

  std::string name() const override { return inner_->name(); }

 private:
  static void Keep(std::vector<std::byte>& to, const void* from, uint32_t size_bytes) {
    const auto* bytes = static_cast<const std::byte*>(from);
    to.assign(bytes, bytes + size_bytes);
  }

  void Append(RecordedCall& call) {
    std::lock_guard lock(mutex_);
    if (failed_) return;
    const auto [it, inserted] =
        threads_.try_emplace(std::this_thread::get_id(), static_cast<uint32_t>(threads_.size()));
    call.header.thread = it->second;
    if (Write(&call.header, sizeof(call.header)) && Write(call.in.data(), call.in.size()) &&
        Write(call.out.data(), call.out.size()) && std::fflush(file_.get()) == 0) {
      return;
    }
    // The application goes on without its recording.
    failed_ = true;
    log::Write(log::Level::kError,
               absl::StrCat("The recording '", path_,
                            "' ends here, since writing to it failed: ", std::strerror(errno)));
  }

  bool Write(const void* data, size_t size_bytes) {
    return size_bytes == 0 || std::fwrite(data, size_bytes, 1, file_.get()) == 1;
  }

  std::unique_ptr<Port> inner_;
  File file_;
  const std::string path_;
  const uint64_t origin_ns_;
  std::mutex mutex_;  // guards what follows, and file_
  std::map<std::thread::id, uint32_t> threads_;
  bool failed_ = false;
};

bool ReadBytes(std::FILE* file, void* to, size_t size_bytes) {
  return size_bytes == 0 || std::fread(to, size_bytes, 1, file) == 1;
}

Status CutOff(const std::string& path, size_t calls) {
  return absl::DataLossError(
      absl::StrCat("The recording '", path, "' is cut off after ", calls, " calls."));
}

}  // namespace

StatusOr<std::unique_ptr<Port>> MakeRecordingPort(std::unique_ptr<Port> inner,
                                                  const std::string& path) {
  OPENSUPA_FAULT_POINT("port.recording_open");
  File file(std::fopen(path.c_str(), "wb"));
  if (file == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("The recording '", path, "' cannot be written: ", std::strerror(errno)));
  }
  const std::string name = inner->name();
  const RecordingHeader header{.magic = kRecordingMagic,
                               .version = kRecordingVersion,
                               .name_bytes = static_cast<uint32_t>(name.size()),
                               .uapi_version_major = SUPA_UAPI_VERSION_MAJOR,
                               .uapi_version_minor = SUPA_UAPI_VERSION_MINOR};
  if (std::fwrite(&header, sizeof(header), 1, file.get()) != 1 ||
      std::fwrite(name.data(), 1, name.size(), file.get()) != name.size() ||
      std::fflush(file.get()) != 0) {
    return absl::UnavailableError(
        absl::StrCat("The recording '", path, "' cannot be written: ", std::strerror(errno)));
  }
  return std::make_unique<RecordingPort>(std::move(inner), std::move(file), path);
}

StatusOr<Recording> ReadRecording(const std::string& path) {
  OPENSUPA_FAULT_POINT("port.recording_read");
  File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("The recording '", path, "' cannot be opened: ", std::strerror(errno)));
  }
  RecordingHeader header{};
  if (!ReadBytes(file.get(), &header, sizeof(header)) || header.magic != kRecordingMagic ||
      header.name_bytes > kMaxNameBytes) {
    return absl::DataLossError(absl::StrCat("The file '", path, "' is no port recording."));
  }
  if (header.version != kRecordingVersion) {
    return absl::FailedPreconditionError(absl::StrCat("The recording '", path, "' has version ",
                                                      header.version, ", but version ",
                                                      kRecordingVersion, " is read here."));
  }
  Recording recording;
  recording.name.resize(header.name_bytes);
  if (!ReadBytes(file.get(), recording.name.data(), recording.name.size())) return CutOff(path, 0);
  while (true) {
    RecordedCall call{};
    const size_t got = std::fread(&call.header, 1, sizeof(call.header), file.get());
    if (got == 0) return recording;
    if (got != sizeof(call.header) || call.header.struct_bytes > kMaxStructBytes) {
      return CutOff(path, recording.calls.size());
    }
    call.in.resize(call.header.struct_bytes);
    call.out.resize(call.header.struct_bytes);
    if (!ReadBytes(file.get(), call.in.data(), call.in.size()) ||
        !ReadBytes(file.get(), call.out.data(), call.out.size())) {
      return CutOff(path, recording.calls.size());
    }
    recording.calls.push_back(std::move(call));
  }
}

}  // namespace opensupa::port
