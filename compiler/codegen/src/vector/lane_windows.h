#pragma once

#include <map>
#include <vector>

#include "vector/lane_values.h"

namespace opensupa::cc {

/// Loads and stores of lanes that are at constant distances from each other: whole pieces of
/// memory, "windows", of which lanes pick what is theirs.
class LaneWindows {
 public:
  struct Place {
    llvm::Value* base;
    llvm::SmallVector<int64_t, 64> elements;  // where each lane is, from `base`, in elements
    llvm::Type* element;
    llvm::Align align;  // of an element
    /// `base` is aligned to windows, and a window of which a lane needs something may be loaded and
    /// stored as a whole, since no other host thread touches that memory.
    bool is_own;
  };
  LaneWindows(LaneValues& values, Place place);

  /// False if lanes are so far apart that windows do not pay.
  bool IsNear() const;
  /// True if no two lanes are at the same place.
  bool AreDistinct() const;
  /// Where the windows begin, and where they end, in bytes from the base.
  int64_t begin_bytes() const;
  int64_t end_bytes() const;

  /// Emit the access of all lanes. Where several lanes store to one place, the last one's value
  /// stays.
  llvm::Value* Load();
  void Store(llvm::Value* value);

  /// Bytes of a window for elements of `element_bytes`.
  static uint64_t WindowBytes(unsigned lanes, uint64_t element_bytes);

 private:
  using Elements = llvm::ArrayRef<int64_t>;
  int64_t WindowOf(int64_t element) const;
  int64_t PlaceIn(int64_t element) const;
  Elements Piece(unsigned piece) const {
    return Elements(place_.elements).slice(piece * width_, width_);
  }
  unsigned pieces() const { return static_cast<unsigned>(place_.elements.size()) / width_; }
  std::vector<int64_t> WindowsOf(Elements piece) const;
  llvm::Value* AddressOf(int64_t element);
  llvm::Value* LoadWindow(int64_t window);
  llvm::Value* LoadPiece(Elements piece);
  llvm::Value* Pick(Elements piece, llvm::ArrayRef<int64_t> windows, unsigned from);
  void StoreWindow(int64_t window, llvm::ArrayRef<int> lanes, llvm::Value* value);
  llvm::Align WindowAlign() const;
  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  const Place place_;
  const unsigned width_;  // elements of a window
  const uint64_t element_bytes_;
  llvm::Type* window_type_;
  int64_t least_, most_;
  int64_t origin_;  // element at which window 0 begins
  std::map<int64_t, llvm::Value*> loaded_;
};

}  // namespace opensupa::cc
