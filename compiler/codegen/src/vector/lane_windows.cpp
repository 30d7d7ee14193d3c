#include "vector/lane_windows.h"

#include <algorithm>
#include <set>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

using llvm::Value;

namespace {

constexpr uint64_t kRegisterBytes = 64;
constexpr unsigned kNarrowElements = 16;  // of elements narrower than 32 bits
constexpr size_t kMostWindows = 4;        // that a piece picks from

unsigned Width(unsigned lanes, uint64_t element_bytes) {
  const uint64_t elements =
      element_bytes < 4 ? uint64_t{kNarrowElements} : kRegisterBytes / element_bytes;
  return static_cast<unsigned>(std::min<uint64_t>(lanes, elements));
}

uint64_t SizeOf(LaneValues& values, llvm::Type* type) {
  const llvm::DataLayout& layout = values.builder().GetInsertBlock()->getModule()->getDataLayout();
  return layout.getTypeStoreSize(type).getFixedValue();
}

}  // namespace

uint64_t LaneWindows::WindowBytes(unsigned lanes, uint64_t element_bytes) {
  return Width(lanes, element_bytes) * element_bytes;
}

LaneWindows::LaneWindows(LaneValues& values, Place place)
    : values_(values),
      place_(std::move(place)),
      width_(Width(values.lanes(), SizeOf(values, place_.element))),
      element_bytes_(SizeOf(values, place_.element)),
      window_type_(llvm::FixedVectorType::get(place_.element, width_)) {
  const auto [least, most] = std::minmax_element(place_.elements.begin(), place_.elements.end());
  least_ = *least;
  most_ = *most;
  origin_ = place_.is_own ? 0 : least_;
}

int64_t LaneWindows::WindowOf(int64_t element) const {
  const int64_t distance = element - origin_;
  const auto width = static_cast<int64_t>(width_);
  return distance >= 0 ? distance / width : -((width - 1 - distance) / width);
}

int64_t LaneWindows::PlaceIn(int64_t element) const {
  return element - origin_ - WindowOf(element) * static_cast<int64_t>(width_);
}

std::vector<int64_t> LaneWindows::WindowsOf(Elements piece) const {
  std::set<int64_t> windows;
  for (const int64_t element : piece) windows.insert(WindowOf(element));
  return {windows.begin(), windows.end()};
}

bool LaneWindows::IsNear() const {
  for (unsigned piece = 0; piece < pieces(); ++piece) {
    if (WindowsOf(Piece(piece)).size() > kMostWindows) return false;
  }
  return true;
}

bool LaneWindows::AreDistinct() const {
  const std::set<int64_t> distinct(place_.elements.begin(), place_.elements.end());
  return distinct.size() == place_.elements.size();
}

int64_t LaneWindows::begin_bytes() const {
  return (origin_ + WindowOf(least_) * static_cast<int64_t>(width_)) *
         static_cast<int64_t>(element_bytes_);
}

int64_t LaneWindows::end_bytes() const {
  return (origin_ + (WindowOf(most_) + 1) * static_cast<int64_t>(width_)) *
         static_cast<int64_t>(element_bytes_);
}

llvm::Align LaneWindows::WindowAlign() const {
  return place_.is_own ? llvm::Align(width_ * element_bytes_) : place_.align;
}

Value* LaneWindows::AddressOf(int64_t element) {
  return builder().CreateConstGEP1_64(builder().getInt8Ty(), place_.base,
                                      static_cast<uint64_t>(element) * element_bytes_);
}

Value* LaneWindows::LoadWindow(int64_t window) {
  Value*& loaded = loaded_[window];
  if (loaded != nullptr) return loaded;
  const int64_t first = origin_ + window * static_cast<int64_t>(width_);
  Value* address = AddressOf(first);
  if (place_.is_own || first + static_cast<int64_t>(width_) <= most_ + 1) {
    loaded = builder().CreateAlignedLoad(window_type_, address, WindowAlign());
    return loaded;
  }
  // Nothing is known of what lies behind the last lane.
  llvm::SmallVector<llvm::Constant*, 64> needed;
  for (unsigned i = 0; i < width_; ++i) {
    needed.push_back(builder().getInt1(first + static_cast<int64_t>(i) <= most_));
  }
  loaded = builder().CreateMaskedLoad(window_type_, address, WindowAlign(),
                                      llvm::ConstantVector::get(needed),
                                      llvm::PoisonValue::get(window_type_));
  return loaded;
}

/// What the lanes of `piece` find in two windows, `windows[from]` and the one after it.
Value* LaneWindows::Pick(Elements piece, llvm::ArrayRef<int64_t> windows, unsigned from) {
  Value* first = LoadWindow(windows[from]);
  Value* second = from + 1 < windows.size() ? LoadWindow(windows[from + 1])
                                            : llvm::PoisonValue::get(window_type_);
  llvm::SmallVector<int, 64> picks;
  for (const int64_t element : piece) {
    const int64_t window = WindowOf(element);
    int pick = -1;
    if (window == windows[from]) pick = static_cast<int>(PlaceIn(element));
    if (from + 1 < windows.size() && window == windows[from + 1]) {
      pick = static_cast<int>(PlaceIn(element) + width_);
    }
    picks.push_back(pick);
  }
  return builder().CreateShuffleVector(first, second, picks);
}

Value* LaneWindows::LoadPiece(Elements piece) {
  bool is_run = !place_.is_own;
  for (size_t i = 1; i < piece.size(); ++i) is_run &= piece[i] == piece[i - 1] + 1;
  if (is_run) {
    return builder().CreateAlignedLoad(window_type_, AddressOf(piece.front()), place_.align);
  }
  const std::vector<int64_t> windows = WindowsOf(piece);
  Value* low = Pick(piece, windows, 0);
  if (windows.size() <= 2) return low;
  Value* high = Pick(piece, windows, 2);
  llvm::SmallVector<int, 64> picks;
  for (size_t i = 0; i < piece.size(); ++i) {
    const bool is_high = WindowOf(piece[i]) >= windows[2];
    picks.push_back(static_cast<int>(is_high ? i + width_ : i));
  }
  return builder().CreateShuffleVector(low, high, picks);
}

Value* LaneWindows::Load() {
  std::vector<Value*> parts;
  for (unsigned piece = 0; piece < pieces(); ++piece) parts.push_back(LoadPiece(Piece(piece)));
  while (parts.size() > 1) {
    std::vector<Value*> joined;
    for (size_t i = 0; i < parts.size(); i += 2) {
      llvm::SmallVector<int, 64> all(
          2 * llvm::cast<llvm::FixedVectorType>(parts[i]->getType())->getNumElements());
      for (size_t k = 0; k < all.size(); ++k) all[k] = static_cast<int>(k);
      joined.push_back(builder().CreateShuffleVector(parts[i], parts[i + 1], all));
    }
    parts = std::move(joined);
  }
  return parts.front();
}

/// Stores a window; `lanes` are those whose values its elements get, or -1.
void LaneWindows::StoreWindow(int64_t window, llvm::ArrayRef<int> lanes, Value* value) {
  const bool is_full = std::all_of(lanes.begin(), lanes.end(), [](int lane) { return lane >= 0; });
  Value* content =
      is_full || !place_.is_own ? llvm::PoisonValue::get(window_type_) : LoadWindow(window);
  const auto width = static_cast<int>(width_);
  for (int piece = 0; piece < static_cast<int>(pieces()); ++piece) {
    llvm::SmallVector<int, 64> picks;
    bool has_any = false;
    for (int i = 0; i < width; ++i) {
      const bool is_of_piece = lanes[i] >= 0 && lanes[i] / width == piece;
      has_any |= is_of_piece;
      picks.push_back(is_of_piece ? width + lanes[i] % width : i);
    }
    if (!has_any) continue;
    llvm::SmallVector<int, 64> own;
    for (int i = 0; i < width; ++i) own.push_back(piece * width + i);
    Value* part = builder().CreateShuffleVector(value, own);
    content = builder().CreateShuffleVector(content, part, picks);
  }
  Value* address = AddressOf(origin_ + window * width);
  if (is_full || place_.is_own) {
    builder().CreateAlignedStore(content, address, WindowAlign());
    return;
  }
  llvm::SmallVector<llvm::Constant*, 64> touched;
  for (const int lane : lanes) touched.push_back(builder().getInt1(lane >= 0));
  builder().CreateMaskedStore(content, address, WindowAlign(), llvm::ConstantVector::get(touched));
}

void LaneWindows::Store(Value* value) {
  std::map<int64_t, std::vector<int>> windows;
  for (size_t lane = 0; lane < place_.elements.size(); ++lane) {
    std::vector<int>& lanes = windows[WindowOf(place_.elements[lane])];
    lanes.resize(width_, -1);
    lanes[static_cast<size_t>(PlaceIn(place_.elements[lane]))] = static_cast<int>(lane);
  }
  for (const auto& [window, lanes] : windows) StoreWindow(window, lanes, value);
}

}  // namespace opensupa::cc
