#include "types.h"

#include <algorithm>
#include <utility>

namespace opensupa::fuzz {
namespace {

struct ScalarFacts {
  const char* spelling;
  const char* unsigned_spelling;
  uint32_t size_bytes;
};

constexpr ScalarFacts kFacts[] = {
    {"bool", "unsigned", 1},
    {"signed char", "unsigned", 1},
    {"unsigned char", "unsigned", 1},
    {"short", "unsigned", 2},
    {"unsigned short", "unsigned", 2},
    {"int", "unsigned", 4},
    {"unsigned", "unsigned", 4},
    {"long long", "unsigned long long", 8},
    {"unsigned long long", "unsigned long long", 8},
    {"__half", "unsigned short", 2},
    {"float", "unsigned", 4},
    {"double", "unsigned long long", 8},
};

const ScalarFacts& Facts(Scalar scalar) { return kFacts[static_cast<size_t>(scalar)]; }

uint32_t RoundUp(uint32_t value, uint32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

bool IsFloat(Scalar scalar) { return scalar >= Scalar::kF16; }
bool IsInteger(Scalar scalar) { return !IsFloat(scalar) && scalar != Scalar::kBool; }
bool IsSigned(Scalar scalar) {
  return scalar == Scalar::kI8 || scalar == Scalar::kI16 || scalar == Scalar::kI32 ||
         scalar == Scalar::kI64;
}
uint32_t SizeBytes(Scalar scalar) { return Facts(scalar).size_bytes; }
uint32_t Bits(Scalar scalar) { return scalar == Scalar::kBool ? 1 : 8 * SizeBytes(scalar); }
const char* Spelling(Scalar scalar) { return Facts(scalar).spelling; }
const char* UnsignedSpelling(Scalar scalar) { return Facts(scalar).unsigned_spelling; }

bool Type::plain_layout() const {
  if (is_array()) return element->plain_layout();
  return std::all_of(fields.begin(), fields.end(), [](const Field& field) {
    return field.bits == 0 && field.type->plain_layout();
  });
}

TypeTable::TypeTable() {
  types_.emplace_back();
  for (size_t i = 0; i <= static_cast<size_t>(Scalar::kF64); ++i) {
    Type type;
    type.kind = Type::Kind::kScalar;
    type.scalar = static_cast<Scalar>(i);
    type.size_bytes = type.align_bytes = SizeBytes(type.scalar);
    types_.push_back(type);
  }
}

const Type* TypeTable::ArrayOf(const Type* element, uint32_t count) {
  for (const Type& type : types_) {
    if (type.is_array() && type.element == element && type.count == count) return &type;
  }
  Type type;
  type.kind = Type::Kind::kArray;
  type.element = element;
  type.count = count;
  type.size_bytes = element->size_bytes * count;
  type.align_bytes = element->align_bytes;
  return &types_.emplace_back(std::move(type));
}

const Type* TypeTable::PointerTo(const Type* element) {
  for (const Type& type : types_) {
    if (type.is_pointer() && type.element == element) return &type;
  }
  Type type;
  type.kind = Type::Kind::kPointer;
  type.element = element;
  type.size_bytes = type.align_bytes = 8;
  return &types_.emplace_back(std::move(type));
}

const Type* TypeTable::Struct(std::string name, std::vector<Field> fields) {
  Type type;
  type.kind = Type::Kind::kStruct;
  type.name = std::move(name);
  for (Field& field : fields) {
    field.offset = RoundUp(type.size_bytes, field.type->align_bytes);
    type.size_bytes = field.offset + field.type->size_bytes;
    type.align_bytes = std::max(type.align_bytes, field.type->align_bytes);
  }
  type.size_bytes = RoundUp(type.size_bytes, type.align_bytes);
  type.fields = std::move(fields);
  structs_.push_back(&types_.emplace_back(std::move(type)));
  return structs_.back();
}

}  // namespace opensupa::fuzz
