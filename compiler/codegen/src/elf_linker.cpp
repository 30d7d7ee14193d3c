#include "elf_linker.h"

#include <cstring>
#include <optional>

#include "absl/strings/str_format.h"
#include "elf_object.h"
#include "elf_relocate.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/MathExtras.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

using binary::CodeObject;
using binary::abi::KernelDescriptor;

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kSlotBytes = 8;

enum class Segment { kReadOnly, kText, kData, kBss, kNone };

Segment SegmentOf(const ElfObject::Section& section) {
  const bool loaded = (section.flags & llvm::ELF::SHF_ALLOC) != 0;
  // Device code is never unwound.
  if (!loaded || section.size_bytes == 0 || section.name == ".eh_frame") return Segment::kNone;
  if ((section.flags & llvm::ELF::SHF_EXECINSTR) != 0) return Segment::kText;
  if ((section.flags & llvm::ELF::SHF_WRITE) == 0) return Segment::kReadOnly;
  return section.type == llvm::ELF::SHT_NOBITS ? Segment::kBss : Segment::kData;
}

/// Where a symbol is: an object's symbol, by indices.
struct SymbolRef {
  size_t object;
  uint32_t symbol;
  auto operator<=>(const SymbolRef&) const = default;
};

class Linker {
 public:
  explicit Linker(const LinkInput& input) : input_(input) {}

  absl::StatusOr<CodeObject> Link() {
    SUPA_RETURN_IF_ERROR(ReadObjects());
    SUPA_RETURN_IF_ERROR(ResolveSymbols());
    LayOut();
    for (size_t object = 0; object < objects_.size(); ++object) {
      for (const ElfObject::Relocation& relocation : objects_[object].relocations) {
        SUPA_RETURN_IF_ERROR(Apply(object, relocation));
      }
    }
    SUPA_RETURN_IF_ERROR(WriteKernels());
    CollectVariables();
    Split();
    return std::move(result_);
  }

 private:
  absl::Status ReadObjects() {
    SUPA_ASSIGN_OR_RETURN(ElfObject object, ReadElfObject(input_.object));
    objects_.push_back(std::move(object));
    Define(0);
    if (input_.support.empty() || !HasUndefined()) return absl::OkStatus();
    SUPA_ASSIGN_OR_RETURN(ElfObject support, ReadElfObject(input_.support));
    objects_.push_back(std::move(support));
    Define(1);
    return absl::OkStatus();
  }

  bool HasUndefined() const {
    for (const ElfObject::Symbol& symbol : objects_[0].symbols) {
      if (symbol.section == llvm::ELF::SHN_UNDEF && !symbol.name.empty()) return true;
    }
    return false;
  }

  void Define(size_t object) {
    const auto& symbols = objects_[object].symbols;
    for (uint32_t i = 0; i < symbols.size(); ++i) {
      const bool is_defined = symbols[i].section != llvm::ELF::SHN_UNDEF;
      if (!is_defined || symbols[i].binding == llvm::ELF::STB_LOCAL) continue;
      globals_.insert({symbols[i].name.str(), SymbolRef{object, i}});
    }
  }

  absl::Status ResolveSymbols() {
    for (const ElfObject& object : objects_) {
      for (const ElfObject::Symbol& symbol : object.symbols) {
        if (symbol.section != llvm::ELF::SHN_UNDEF || symbol.name.empty()) continue;
        if (globals_.contains(symbol.name.str())) continue;
        return absl::NotFoundError(absl::StrFormat(
            "The generated code needs the symbol %s, which neither the module nor the compiler's "
            "support code defines.",
            symbol.name.str()));
      }
    }
    return absl::OkStatus();
  }

  void LayOut() {
    offsets_.resize(objects_.size());
    for (size_t i = 0; i < objects_.size(); ++i) {
      offsets_[i].resize(objects_[i].sections.size());
    }
    image_.resize(input_.kernels.size() * sizeof(KernelDescriptor));
    Place(Segment::kReadOnly);
    Place(Segment::kText);
    result_.data_offset_bytes = llvm::alignTo(image_.size(), kPageBytes);
    text_bytes_ = image_.size();
    image_.resize(result_.data_offset_bytes);
    Place(Segment::kData);
    PlaceSlots();
    data_end_ = image_.size();
    PlaceZeroes();
    FillSlots();
  }

  void Place(Segment segment) {
    for (size_t i = 0; i < objects_.size(); ++i) {
      for (size_t j = 0; j < objects_[i].sections.size(); ++j) {
        const ElfObject::Section& section = objects_[i].sections[j];
        if (SegmentOf(section) != segment) continue;
        const uint64_t offset = llvm::alignTo(image_.size(), section.align_bytes);
        image_.resize(offset + section.size_bytes);
        offsets_[i][j] = offset;
        if (section.contents.empty()) continue;
        std::memcpy(image_.data() + offset, section.contents.data(), section.contents.size());
      }
    }
  }

  /// Zero-filled sections take addresses only.
  void PlaceZeroes() {
    image_end_ = data_end_;
    for (size_t i = 0; i < objects_.size(); ++i) {
      for (size_t j = 0; j < objects_[i].sections.size(); ++j) {
        const ElfObject::Section& section = objects_[i].sections[j];
        if (SegmentOf(section) != Segment::kBss) continue;
        offsets_[i][j] = llvm::alignTo(image_end_, section.align_bytes);
        image_end_ = offsets_[i][j] + section.size_bytes;
      }
    }
  }

  /// Reserves one slot for every symbol that code reaches through the global offset table.
  void PlaceSlots() {
    image_.resize(llvm::alignTo(image_.size(), kSlotBytes));
    for (size_t i = 0; i < objects_.size(); ++i) {
      for (const ElfObject::Relocation& relocation : objects_[i].relocations) {
        const RelocationKind kind = ClassifyRelocation(objects_[i].machine, relocation.type);
        if (!IsLoaded(i, relocation.section) || kind != RelocationKind::kGotRelative) continue;
        if (!slots_.insert({Definition({i, relocation.symbol}), image_.size()}).second) continue;
        image_.resize(image_.size() + kSlotBytes);
      }
    }
  }

  void FillSlots() {
    for (const auto& [symbol, slot] : slots_) {
      const std::optional<uint64_t> target = OffsetOf(symbol);
      if (!target.has_value()) continue;  // reported when the reference is applied
      result_.relocations.push_back({slot, static_cast<int64_t>(*target)});
    }
  }

  bool IsLoaded(size_t object, uint32_t section) const {
    return SegmentOf(objects_[object].sections[section]) != Segment::kNone;
  }

  /// The symbol that defines what `ref` names.
  SymbolRef Definition(SymbolRef ref) const {
    const ElfObject::Symbol& symbol = objects_[ref.object].symbols[ref.symbol];
    if (symbol.section != llvm::ELF::SHN_UNDEF) return ref;
    const auto found = globals_.find(symbol.name.str());
    return found == globals_.end() ? ref : found->second;
  }

  /// Offset of a symbol in the image, or nothing if it is not part of it.
  std::optional<uint64_t> OffsetOf(SymbolRef ref) const {
    ref = Definition(ref);
    const ElfObject::Symbol& symbol = objects_[ref.object].symbols[ref.symbol];
    const bool in_section =
        symbol.section != llvm::ELF::SHN_UNDEF && symbol.section < llvm::ELF::SHN_LORESERVE;
    if (!in_section || !IsLoaded(ref.object, symbol.section)) return std::nullopt;
    return offsets_[ref.object][symbol.section] + symbol.value;
  }

  absl::Status Apply(size_t object, const ElfObject::Relocation& relocation) {
    if (!IsLoaded(object, relocation.section)) return absl::OkStatus();
    const ElfObject::Symbol& symbol = objects_[object].symbols[relocation.symbol];
    const uint16_t machine = objects_[object].machine;
    const RelocationKind kind = ClassifyRelocation(machine, relocation.type);
    if (kind == RelocationKind::kNone) return absl::OkStatus();
    const std::optional<uint64_t> target = OffsetOf({object, relocation.symbol});
    if (kind == RelocationKind::kUnknown || !target.has_value()) {
      return absl::UnimplementedError(absl::StrFormat(
          "The generated code has a relocation of type %d to the symbol \"%s\" that the image "
          "format cannot express.",
          relocation.type, symbol.name.str()));
    }
    const uint64_t place = offsets_[object][relocation.section] + relocation.offset_bytes;
    const int64_t addend = relocation.addend_bytes;
    if (kind == RelocationKind::kAbsolute64) {
      result_.relocations.push_back({place, static_cast<int64_t>(*target) + addend});
      return absl::OkStatus();
    }
    const uint64_t reached = kind == RelocationKind::kGotRelative
                                 ? slots_.at(Definition({object, relocation.symbol}))
                                 : *target;
    return ApplyRelative(machine, relocation.type, image_.data() + place, place,
                         static_cast<int64_t>(reached) + addend);
  }

  absl::Status WriteKernels() {
    for (size_t i = 0; i < input_.kernels.size(); ++i) {
      const KernelToLink& kernel = input_.kernels[i];
      const auto found = globals_.find(kernel.name);
      const std::optional<uint64_t> entry =
          found == globals_.end() ? std::nullopt : OffsetOf(found->second);
      if (!entry.has_value()) {
        return absl::InternalError(absl::StrFormat(
            "The generated object has no entry point for the kernel %s.", kernel.name));
      }
      const uint64_t offset = i * sizeof(KernelDescriptor);
      KernelDescriptor descriptor = kernel.descriptor;
      descriptor.entry_offset_bytes = static_cast<int64_t>(*entry - offset);
      std::memcpy(image_.data() + offset, &descriptor, sizeof(descriptor));
      result_.kernels.push_back({kernel.name, offset, sizeof(descriptor)});
    }
    return absl::OkStatus();
  }

  void CollectVariables() {
    for (uint32_t i = 0; i < objects_[0].symbols.size(); ++i) {
      const ElfObject::Symbol& symbol = objects_[0].symbols[i];
      if (symbol.binding == llvm::ELF::STB_LOCAL || symbol.type != llvm::ELF::STT_OBJECT) continue;
      const std::optional<uint64_t> offset = OffsetOf({0, i});
      if (!offset.has_value()) continue;
      result_.variables.push_back({symbol.name.str(), *offset, symbol.size_bytes});
    }
  }

  void Split() {
    const auto data_begin = image_.begin() + static_cast<ptrdiff_t>(result_.data_offset_bytes);
    const auto data_end = image_.begin() + static_cast<ptrdiff_t>(data_end_);
    result_.text.assign(image_.begin(), image_.begin() + static_cast<ptrdiff_t>(text_bytes_));
    result_.data.assign(data_begin, data_end);
    result_.bss_bytes = image_end_ - data_end_;
  }

  const LinkInput& input_;
  std::vector<ElfObject> objects_;
  std::map<std::string, SymbolRef> globals_;
  std::vector<std::vector<uint64_t>> offsets_;  // of each object's sections
  std::vector<std::byte> image_;
  std::map<SymbolRef, uint64_t> slots_;  // offsets
  uint64_t text_bytes_ = 0;
  uint64_t data_end_ = 0;
  uint64_t image_end_ = 0;
  CodeObject result_;
};

}  // namespace

absl::StatusOr<CodeObject> LinkImage(const LinkInput& input) { return Linker(input).Link(); }

absl::StatusOr<std::map<std::string, uint64_t>> ReadFrameSizes(llvm::StringRef bytes) {
  SUPA_ASSIGN_OR_RETURN(const ElfObject object, ReadElfObject(bytes));
  // Functions by where they are.
  std::map<std::pair<uint32_t, uint64_t>, std::string> functions;
  for (const ElfObject::Symbol& symbol : object.symbols) {
    if (symbol.type != llvm::ELF::STT_FUNC) continue;
    functions[{symbol.section, symbol.value}] = symbol.name.str();
  }
  std::map<std::string, uint64_t> sizes;
  for (const ElfObject::Relocation& relocation : object.relocations) {
    const ElfObject::Section& section = object.sections[relocation.section];
    if (section.name != ".stack_sizes") continue;
    // An entry is the function's address, which the relocation stands for, then its frame size.
    const ElfObject::Symbol& symbol = object.symbols[relocation.symbol];
    const uint64_t value = symbol.value + static_cast<uint64_t>(relocation.addend_bytes);
    const auto found = functions.find({symbol.section, value});
    const uint64_t at = relocation.offset_bytes + sizeof(uint64_t);
    if (found == functions.end() || at >= section.contents.size()) continue;
    const auto* begin = reinterpret_cast<const uint8_t*>(section.contents.data());
    sizes[found->second] =
        llvm::decodeULEB128(begin + at, nullptr, begin + section.contents.size());
  }
  return sizes;
}

}  // namespace opensupa::cc
