#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

/// The file a recording port writes: a RecordingHeader, the name of the port, then for each call a
/// RecordedCallHeader and the bytes of the call's struct before and after it. Little endian.
namespace opensupa::port {

inline constexpr uint64_t kRecordingMagic = 0x3143455241505553ull;  // "SUPAREC1"
inline constexpr uint32_t kRecordingVersion = 1;

struct RecordingHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t name_bytes;
  uint32_t uapi_version_major;
  uint32_t uapi_version_minor;
};
static_assert(sizeof(RecordingHeader) == 24);

struct RecordedCallHeader {
  uint64_t start_ns;     // since the recording began
  uint64_t duration_ns;  // of the call
  uint32_t op;
  int32_t result;
  uint32_t struct_bytes;  // the struct follows twice: as passed in, as it came back
  uint32_t thread;        // number of the calling thread, in order of its first call
};
static_assert(sizeof(RecordedCallHeader) == 32);

struct RecordedCall {
  RecordedCallHeader header;
  std::vector<std::byte> in;
  std::vector<std::byte> out;
};

struct Recording {
  std::string name;
  std::vector<RecordedCall> calls;
};

/// Reads a whole recording. kNotFound when there is no file, kDataLoss when it is cut off or no
/// recording, kFailedPrecondition when another version wrote it.
StatusOr<Recording> ReadRecording(const std::string& path);

}  // namespace opensupa::port
