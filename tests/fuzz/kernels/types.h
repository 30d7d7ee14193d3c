#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace opensupa::fuzz {

/// The scalar types of generated kernels, narrow to wide within each family.
enum class Scalar : uint8_t {
  kBool,
  kI8,
  kU8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kF16,
  kF32,
  kF64
};

bool IsFloat(Scalar scalar);
bool IsSigned(Scalar scalar);
/// An integer type, bool excluded.
bool IsInteger(Scalar scalar);
uint32_t SizeBytes(Scalar scalar);
/// Width in bits of an integer type; 1 for bool.
uint32_t Bits(Scalar scalar);
/// The spelling in kernel source.
const char* Spelling(Scalar scalar);
/// The unsigned type of the same width, which is at least int's.
const char* UnsignedSpelling(Scalar scalar);

struct Type;

struct Field {
  std::string name;
  const Type* type = nullptr;
  /// Width of a bit field, 0 for an ordinary member.
  uint32_t bits = 0;
  uint32_t offset = 0;
};

/// A type of generated kernels. Objects are made by TypeTable and compared by address.
struct Type {
  enum class Kind : uint8_t { kVoid, kScalar, kStruct, kArray, kPointer };

  Kind kind = Kind::kVoid;
  Scalar scalar = Scalar::kU32;
  /// Of a struct.
  std::string name;
  std::vector<Field> fields;
  /// Of an array or pointer.
  const Type* element = nullptr;
  uint32_t count = 0;
  /// The layout of C, except that the model gives each bit field storage of its own.
  uint32_t size_bytes = 0;
  uint32_t align_bytes = 1;

  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_struct() const { return kind == Kind::kStruct; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_pointer() const { return kind == Kind::kPointer; }
  /// True when the compiler's layout is the model's: nothing in it is a bit field.
  bool plain_layout() const;
};

/// Owns the types of one program.
class TypeTable {
 public:
  TypeTable();
  const Type* Void() const { return &types_.front(); }
  const Type* Of(Scalar scalar) const { return &types_[1 + static_cast<size_t>(scalar)]; }
  const Type* ArrayOf(const Type* element, uint32_t count);
  const Type* PointerTo(const Type* element);
  /// Lays the fields out in order.
  const Type* Struct(std::string name, std::vector<Field> fields);
  /// Structs in order of definition.
  const std::vector<const Type*>& structs() const { return structs_; }

 private:
  std::deque<Type> types_;
  std::vector<const Type*> structs_;
};

}  // namespace opensupa::fuzz
