#include "ptx_arithmetic.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Intrinsics.h"

namespace opensupa::cc {
namespace {

using llvm::Value;

/// One instruction, "name.mode.type $0, operands".
class Instruction {
 public:
  Instruction(llvm::IRBuilder<>& builder, llvm::CallInst& call, std::string_view text)
      : builder_(builder), call_(call) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(std::string(text), absl::MaxSplits(' ', 1));
    std::vector<std::string> words = absl::StrSplit(parts.first, '.');
    operands_ = absl::StrSplit(parts.second, ", ");
    if (words.size() < 2 || words.back().empty()) return;
    const std::string type = words.back();
    kind_ = type[0];
    uint32_t bits = 0;
    if (!absl::SimpleAtoi(type.substr(1), &bits)) return;
    name_ = words[0];
    mode_ = absl::StrJoin(words.begin() + 1, words.end() - 1, ".");
    bits_ = bits;
  }

  Value* Compute() {
    if (operands_[0] != "$0") return nullptr;
    Value* value = nullptr;
    if (kind_ == 'f' && (bits_ == 32 || bits_ == 64)) {
      value = Float();
    } else if ((kind_ == 'u' || kind_ == 's' || kind_ == 'b') &&
               (bits_ == 16 || bits_ == 32 || bits_ == 64)) {
      value = operands_.size() == 2 ? Unary() : Integer();
    }
    return failed_ || value == nullptr || value->getType() != call_.getType() ? nullptr : value;
  }

 private:
  /// Input `index` (from 1), of which the instruction has `inputs` in all.
  Value* In(size_t index, size_t inputs, llvm::Type* type) {
    Value* value = operands_.size() == inputs + 1 ? Operand(operands_[index], type) : nullptr;
    if (value != nullptr && value->getType() == type) return value;
    failed_ = true;
    return llvm::PoisonValue::get(type);
  }
  Value* In(size_t index, size_t inputs) { return In(index, inputs, builder_.getIntNTy(bits_)); }
  Value* In32(size_t index, size_t inputs) { return In(index, inputs, builder_.getInt32Ty()); }

  Value* Operand(const std::string& text, llvm::Type* type) {
    uint32_t number = 0;
    if (text.starts_with('$')) {
      return absl::SimpleAtoi(text.substr(1), &number) ? Argument(number) : nullptr;
    }
    int64_t literal = 0;
    uint64_t pattern = 0;
    if (!type->isIntegerTy()) return nullptr;
    if (absl::SimpleAtoi(text, &literal)) return llvm::ConstantInt::get(type, literal, true);
    return absl::SimpleHexAtoi(text, &pattern) ? llvm::ConstantInt::get(type, pattern) : nullptr;
  }

  /// The argument behind $number: $0 is the output, or as an input the one tied to it.
  Value* Argument(uint32_t number) const {
    const auto* assembly = llvm::cast<llvm::InlineAsm>(call_.getCalledOperand());
    uint32_t operand = 0;
    uint32_t argument = 0;
    for (const llvm::InlineAsm::ConstraintInfo& constraint : assembly->ParseConstraints()) {
      if (constraint.Type == llvm::InlineAsm::isOutput) ++operand;
      if (constraint.Type != llvm::InlineAsm::isInput) continue;
      if (argument >= call_.arg_size()) return nullptr;
      const bool tied = number == 0 && constraint.Codes.size() == 1 && constraint.Codes[0] == "0";
      if (tied || operand == number) return call_.getArgOperand(argument);
      ++operand;
      ++argument;
    }
    return nullptr;
  }

  Value* Call(llvm::Intrinsic::ID id, std::initializer_list<Value*> arguments) {
    return builder_.CreateIntrinsic((*arguments.begin())->getType(), id, arguments);
  }

  Value* Float() {
    llvm::Type* type = bits_ == 32 ? builder_.getFloatTy() : builder_.getDoubleTy();
    if (mode_ != "rn" && (!mode_.empty() || name_ == "fma")) return nullptr;
    if (name_ == "fma") {
      return Call(llvm::Intrinsic::fma, {In(1, 3, type), In(2, 3, type), In(3, 3, type)});
    }
    Value* a = In(1, 2, type);
    Value* b = In(2, 2, type);
    if (name_ == "add") return builder_.CreateFAdd(a, b);
    if (name_ == "sub") return builder_.CreateFSub(a, b);
    if (name_ == "mul") return builder_.CreateFMul(a, b);
    return nullptr;
  }

  Value* Unary() {
    if (!mode_.empty()) return nullptr;
    Value* a = In(1, 1);
    if (name_ == "not") return builder_.CreateNot(a);
    if (name_ == "neg") return builder_.CreateNeg(a);
    if (name_ == "abs") return Call(llvm::Intrinsic::abs, {a, builder_.getFalse()});
    if (name_ == "brev") return Call(llvm::Intrinsic::bitreverse, {a});
    if (name_ == "popc") return Narrow(Call(llvm::Intrinsic::ctpop, {a}), 32);
    if (name_ == "clz") {
      return Narrow(Call(llvm::Intrinsic::ctlz, {a, builder_.getFalse()}), 32);
    }
    return nullptr;
  }

  Value* Integer() {
    if (name_ == "mul" || name_ == "mad") return Multiply();
    if (name_ == "shl" || name_ == "shr") return Shift();
    if (name_ == "shf" && bits_ == 32) return FunnelShift();
    if (!mode_.empty()) return nullptr;
    if (name_ == "lop3" && bits_ == 32) return LookUp();
    if (name_ == "prmt" && bits_ == 32) return Permute();
    if (name_ == "bfe" && bits_ == 32) return Extract();
    if (name_ == "bfi" && bits_ == 32) return Insert();
    Value* a = In(1, 2);
    Value* b = In(2, 2);
    if (name_ == "add") return builder_.CreateAdd(a, b);
    if (name_ == "sub") return builder_.CreateSub(a, b);
    if (name_ == "and") return builder_.CreateAnd(a, b);
    if (name_ == "or") return builder_.CreateOr(a, b);
    if (name_ == "xor") return builder_.CreateXor(a, b);
    const bool is_signed = kind_ == 's';
    if (name_ == "min")
      return Call(is_signed ? llvm::Intrinsic::smin : llvm::Intrinsic::umin, {a, b});
    if (name_ == "max")
      return Call(is_signed ? llvm::Intrinsic::smax : llvm::Intrinsic::umax, {a, b});
    return nullptr;
  }

  Value* Wide(Value* value, unsigned bits, bool is_signed) {
    llvm::Type* type = builder_.getIntNTy(bits);
    return is_signed ? builder_.CreateSExt(value, type) : builder_.CreateZExt(value, type);
  }
  Value* Narrow(Value* value, unsigned bits) {
    return builder_.CreateZExtOrTrunc(value, builder_.getIntNTy(bits));
  }

  Value* Multiply() {
    const bool adds = name_ == "mad";
    const size_t inputs = adds ? 3 : 2;
    const bool wide = mode_ == "wide";
    if (!wide && mode_ != "lo" && mode_ != "hi") return nullptr;
    Value* product = builder_.CreateMul(Wide(In(1, inputs), 2 * bits_, kind_ == 's'),
                                        Wide(In(2, inputs), 2 * bits_, kind_ == 's'));
    if (mode_ == "hi") product = builder_.CreateLShr(product, bits_);
    const unsigned result_bits = wide ? 2 * bits_ : bits_;
    product = Narrow(product, result_bits);
    if (!adds) return product;
    return builder_.CreateAdd(product, In(3, inputs, builder_.getIntNTy(result_bits)));
  }

  /// Amounts beyond the width give what the width gives: 0, or the sign.
  Value* Shift() {
    if (!mode_.empty()) return nullptr;
    const bool arithmetic = name_ == "shr" && kind_ == 's';
    Value* value = Wide(In(1, 2), 2 * bits_, arithmetic);
    Value* amount = Narrow(AtMost(In32(2, 2), bits_), 2 * bits_);
    Value* shifted = name_ == "shl" ? builder_.CreateShl(value, amount)
                     : arithmetic   ? builder_.CreateAShr(value, amount)
                                    : builder_.CreateLShr(value, amount);
    return Narrow(shifted, bits_);
  }

  Value* AtMost(Value* value, uint32_t limit) {
    return Call(llvm::Intrinsic::umin, {value, builder_.getInt32(limit)});
  }

  /// The 64 bits with `high` above `low`.
  Value* Join(Value* high, Value* low) {
    return builder_.CreateOr(builder_.CreateShl(Wide(high, 64, false), 32), Wide(low, 64, false));
  }

  Value* FunnelShift() {
    const std::vector<std::string> modes = absl::StrSplit(mode_, '.');
    if (modes.size() != 2 || (modes[0] != "l" && modes[0] != "r")) return nullptr;
    if (modes[1] != "wrap" && modes[1] != "clamp") return nullptr;
    Value* both = Join(In(2, 3), In(1, 3));
    Value* amount = In32(3, 3);
    amount = modes[1] == "wrap" ? builder_.CreateAnd(amount, 31) : AtMost(amount, 32);
    amount = Wide(amount, 64, false);
    if (modes[0] == "r") return Narrow(builder_.CreateLShr(both, amount), 32);
    return Narrow(builder_.CreateLShr(builder_.CreateShl(both, amount), 32), 32);
  }

  /// The fourth input is a truth table; bit 4a+2b+c of it is the result of the bits a, b and c.
  Value* LookUp() {
    Value* const inputs[] = {In(1, 4), In(2, 4), In(3, 4)};
    const auto* table = llvm::dyn_cast<llvm::ConstantInt>(In(4, 4));
    if (table == nullptr) return nullptr;
    Value* result = builder_.getInt32(0);
    for (unsigned row = 0; row < 8; ++row) {
      if (((table->getZExtValue() >> row) & 1) == 0) continue;
      Value* term = builder_.getInt32(~0u);
      for (unsigned i = 0; i < 3; ++i) {
        const bool is_set = ((row >> (2 - i)) & 1) != 0;
        term = builder_.CreateAnd(term, is_set ? inputs[i] : builder_.CreateNot(inputs[i]));
      }
      result = builder_.CreateOr(result, term);
    }
    return result;
  }

  /// Each nibble of the selector takes one of eight bytes, or with its high bit that byte's sign.
  Value* Permute() {
    Value* bytes = Join(In(2, 3), In(1, 3));
    Value* selector = In(3, 3);
    Value* result = builder_.getInt32(0);
    for (unsigned i = 0; i < 4; ++i) {
      Value* nibble = builder_.CreateLShr(selector, 4 * i);
      Value* start = Wide(builder_.CreateShl(builder_.CreateAnd(nibble, 7), 3), 64, false);
      Value* byte = Narrow(builder_.CreateLShr(bytes, start), 8);
      Value* sign = builder_.CreateAShr(byte, 7);
      Value* takes_sign =
          builder_.CreateICmpNE(builder_.CreateAnd(nibble, 8), builder_.getInt32(0));
      Value* chosen = builder_.CreateSelect(takes_sign, sign, byte);
      result = builder_.CreateOr(result, builder_.CreateShl(Narrow(chosen, 32), 8 * i));
    }
    return result;
  }

  Value* LowByte(Value* value) { return builder_.CreateAnd(value, 0xff); }

  Value* Extract() {
    const bool is_signed = kind_ == 's';
    Value* value = Wide(In(1, 3), 64, is_signed);
    Value* position = Wide(AtMost(LowByte(In32(2, 3)), 63), 64, false);
    Value* length = AtMost(LowByte(In32(3, 3)), 32);
    Value* empty = builder_.CreateICmpEQ(length, builder_.getInt32(0));
    value = is_signed ? builder_.CreateAShr(value, position) : builder_.CreateLShr(value, position);
    // 32 to 63 for a length that is not 0.
    Value* unused =
        Wide(builder_.CreateAnd(builder_.CreateSub(builder_.getInt32(64), length), 63), 64, false);
    value = builder_.CreateShl(value, unused);
    value = is_signed ? builder_.CreateAShr(value, unused) : builder_.CreateLShr(value, unused);
    return builder_.CreateSelect(empty, builder_.getInt32(0), Narrow(value, 32));
  }

  Value* Insert() {
    Value* field = Wide(In(1, 4), 64, false);
    Value* base = Wide(In(2, 4), 64, false);
    Value* position = Wide(AtMost(LowByte(In32(3, 4)), 32), 64, false);
    Value* length = Wide(AtMost(LowByte(In32(4, 4)), 32), 64, false);
    Value* ones =
        builder_.CreateSub(builder_.CreateShl(builder_.getInt64(1), length), builder_.getInt64(1));
    Value* mask = builder_.CreateShl(ones, position);
    Value* kept = builder_.CreateAnd(base, builder_.CreateNot(mask));
    return Narrow(
        builder_.CreateOr(kept, builder_.CreateAnd(builder_.CreateShl(field, position), mask)), 32);
  }

  llvm::IRBuilder<>& builder_;
  llvm::CallInst& call_;
  std::string name_;
  std::string mode_;
  std::vector<std::string> operands_;
  char kind_ = ' ';
  unsigned bits_ = 0;
  bool failed_ = false;
};

}  // namespace

Value* PtxArithmetic(llvm::IRBuilder<>& builder, llvm::CallInst& call, std::string_view text) {
  return Instruction(builder, call, text).Compute();
}

}  // namespace opensupa::cc
