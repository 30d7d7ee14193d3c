#include "vector/matrix_product.h"

#include <algorithm>

#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/Module.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {

using binary::abi::kMatrixHalfC;
using binary::abi::kMatrixHalfD;
using binary::abi::kMatrixSaturate;
using binary::abi::kMatrixShapes;
using binary::abi::MatrixKind;
using llvm::Value;

namespace {

// Makes unsigned bytes of signed ones, which are 128 more.
constexpr uint32_t kMakeUnsigned = 0x80808080;

bool IsInteger(MatrixKind kind) { return kind >= MatrixKind::kS8; }

}  // namespace

const char* MatrixProduct::WhyNot(const llvm::CallInst& call, const MatrixTarget& target) {
  if (!llvm::isa<llvm::ConstantInt>(call.getArgOperand(0)))
    return "a matrix that is not known here";
  if (!IsMatrixMultiplication(call) || target.has_fma) return nullptr;
  return binary::abi::MatrixKindOf(MatrixKindNumber(call)) == MatrixKind::kF64
             ? "matrices of double on a CPU without fused operations"
             : nullptr;
}

void MatrixProduct::Describe(const llvm::CallInst& call) {
  kind_ = MatrixKindNumber(call);
  element_ = binary::abi::MatrixKindOf(kind_);
  const uint32_t index = binary::abi::MatrixShapeIndexOf(kind_);
  const auto& shape = kMatrixShapes[index];
  rows_ = std::min(shape.m, shape.n);
  columns_ = std::max(shape.m, shape.n);
  const unsigned bytes = binary::abi::MatrixStorageBytes(element_);
  word_bytes_ = std::max(bytes, 4u);
  words_ = shape.k / binary::abi::MatrixPacked(index) * bytes / word_bytes_;
  const bool is_double = element_ == MatrixKind::kF64;
  lanes_ = std::min(columns_, is_double ? 8u : 16u);
  vectors_ = columns_ / lanes_;
  llvm::Type* sum = IsInteger(element_) ? llvm::cast<llvm::Type>(builder().getInt32Ty())
                    : is_double         ? builder().getDoubleTy()
                                        : builder().getFloatTy();
  sum_ = llvm::FixedVectorType::get(sum, lanes_);
}

bool MatrixProduct::UsesDots() const {
  return target_.has_dot_products && (element_ == MatrixKind::kBf16 || element_ == MatrixKind::kS8);
}
unsigned MatrixProduct::BytesOfC() const {
  return element_ == MatrixKind::kF64 ? 8 : (kind_ & kMatrixHalfC) != 0 ? 2 : 4;
}
unsigned MatrixProduct::BytesOfD() const {
  return element_ == MatrixKind::kF64 ? 8 : (kind_ & kMatrixHalfD) != 0 ? 2 : 4;
}
/// Vectors of sums that leave registers for factors.
unsigned MatrixProduct::MostSums() const {
  return target_.vector_bytes == 64 ? 16 : target_.vector_bytes == 32 ? 4 : 2;
}

/// Hides what `pointer` points to from the optimiser, for what must stay in memory: single elements
/// are cheapest there, and sums that do not fit registers are loaded and stored once.
Value* MatrixProduct::Opaque(Value* pointer) {
  auto* type = llvm::FunctionType::get(builder().getPtrTy(), {builder().getPtrTy()}, false);
  return builder().CreateCall(
      type, llvm::InlineAsm::get(type, "", "=r,0", /*hasSideEffects=*/false), {pointer});
}

llvm::AllocaInst* MatrixProduct::Temporary(uint64_t bytes) {
  return values_.NewMemory(llvm::ArrayType::get(builder().getInt8Ty(), bytes), "factor");
}

void MatrixProduct::Emit(const std::vector<llvm::CallInst*>& calls) {
  Describe(*calls.front());
  const Factor single = FactorAt(SingleFactorOf(*calls.front()), /*is_single=*/true);
  // As many columns as rows of sums, about, need the fewest loads.
  const unsigned most_vectors = MostSums() >= 16 ? 4 : MostSums() / 2;
  const size_t most = std::max(1u, most_vectors / vectors_);
  for (size_t first = 0; first < calls.size(); first += most) {
    const size_t end = std::min(calls.size(), first + most);
    EmitMembers(single, {calls.begin() + static_cast<ptrdiff_t>(first),
                         calls.begin() + static_cast<ptrdiff_t>(end)});
  }
}

void MatrixProduct::EmitMembers(const Factor& single, const std::vector<llvm::CallInst*>& calls) {
  std::vector<Member> members;
  for (llvm::CallInst* call : calls) {
    Member member = {
        call, FactorAt(ColumnFactorOf(*call), /*is_single=*/false), nullptr, nullptr, {}};
    const unsigned count = rows_ * columns_;
    member.c = memory_.ArrayOf(call->getArgOperand(4), count, BytesOfC(), /*read=*/true);
    member.d = memory_.ArrayOf(call->getArgOperand(1), count, BytesOfD(), /*read=*/false);
    if (UsesDots() && element_ == MatrixKind::kS8) FindSurplus(member);
    members.push_back(std::move(member));
  }
  EmitRows(single, members);
  for (const Member& member : members) {
    memory_.WriteBack(member.call->getArgOperand(1), member.d, rows_ * columns_, BytesOfD());
  }
}

// --- Factors -------------------------------------------------------------------------------------

MatrixProduct::Factor MatrixProduct::FactorAt(Value* pointer, bool is_single) {
  const unsigned bytes = binary::abi::MatrixStorageBytes(element_);
  const unsigned count = (is_single ? rows_ : columns_) * words_ * (word_bytes_ / bytes);
  Factor factor = {memory_.ArrayOf(pointer, count, bytes, /*read=*/true),
                   is_single ? words_ * word_bytes_ : 0,
                   {}};
  for (unsigned step = 0; step < words_; ++step) {
    factor.offset_bytes.push_back(step * word_bytes_ * (is_single ? 1 : columns_));
  }
  switch (element_) {
    case MatrixKind::kF16:
    case MatrixKind::kTf32:
      PrepareFloats(factor, is_single);
      break;
    case MatrixKind::kBf16:
      if (!UsesDots()) PrepareFloats(factor, is_single);
      break;
    case MatrixKind::kS8:
    case MatrixKind::kU8:
      if (!UsesDots()) {
        PrepareBytes(factor, is_single);
      } else if (is_single) {
        PrepareDots(factor);
      }
      break;
    case MatrixKind::kS4:
    case MatrixKind::kU4:
      PrepareNibbles(factor, is_single);
      break;
    default:
      break;
  }
  if (is_single) factor.base = Opaque(factor.base);
  return factor;
}

/// Makes a step for each element along k, of floats.
void MatrixProduct::PrepareFloats(Factor& factor, bool is_single) {
  const unsigned lines = is_single ? rows_ : columns_;
  const unsigned in_word = element_ == MatrixKind::kTf32 ? 1 : 2;
  const unsigned depth = words_ * in_word;
  Value* floats = Temporary(uint64_t{lines} * depth * 4);
  // Single ones lie along k, columns in pairs along k.
  const unsigned at_once = is_single ? std::min(lines * words_, 16u) : lanes_;
  auto* type = llvm::FixedVectorType::get(builder().getIntNTy(32 / in_word), at_once * in_word);
  for (unsigned first = 0; first < lines * words_; first += at_once) {
    Value* numbers =
        builder().CreateAlignedLoad(type, memory_.At(factor.base, first * 4), llvm::Align(4));
    if (is_single || in_word == 1) {
      builder().CreateAlignedStore(ToFloats(numbers), memory_.At(floats, first * 4 * in_word),
                                   llvm::Align(4));
      continue;
    }
    for (unsigned i = 0; i < in_word; ++i) {
      llvm::SmallVector<int, 16> sources;
      for (unsigned j = 0; j < at_once; ++j) sources.push_back(static_cast<int>(j * in_word + i));
      const unsigned k = first / columns_ * in_word + i;
      builder().CreateAlignedStore(ToFloats(builder().CreateShuffleVector(numbers, sources)),
                                   memory_.At(floats, (k * columns_ + first % columns_) * 4),
                                   llvm::Align(4));
    }
  }
  factor.base = floats;
  factor.row_bytes *= in_word;
  factor.offset_bytes.clear();
  for (unsigned step = 0; step < depth; ++step) {
    // Of two products of bfloat16 the second comes first, as in the CPU's instruction.
    const unsigned k = element_ == MatrixKind::kBf16 ? step ^ 1 : step;
    factor.offset_bytes.push_back(k * 4 * (is_single ? 1 : columns_));
  }
}

/// Makes a step for each two elements along k, of 16 bits each.
void MatrixProduct::PrepareBytes(Factor& factor, bool is_single) {
  const unsigned lines = is_single ? rows_ : columns_;
  Value* pairs = Temporary(uint64_t{lines} * words_ * 8);
  const unsigned at_once = is_single ? std::min(lines * words_, 16u) : lanes_;
  auto* type = llvm::FixedVectorType::get(builder().getInt8Ty(), at_once * 4);
  const auto widen = [&](Value* bytes) {
    auto* wide = llvm::FixedVectorType::get(builder().getInt16Ty(),
                                            llvm::cast<llvm::FixedVectorType>(bytes->getType()));
    return element_ == MatrixKind::kS8 ? builder().CreateSExt(bytes, wide)
                                       : builder().CreateZExt(bytes, wide);
  };
  for (unsigned first = 0; first < lines * words_; first += at_once) {
    Value* bytes =
        builder().CreateAlignedLoad(type, memory_.At(factor.base, first * 4), llvm::Align(4));
    if (is_single) {
      builder().CreateAlignedStore(widen(bytes), memory_.At(pairs, first * 8), llvm::Align(4));
      continue;
    }
    for (unsigned half = 0; half < 2; ++half) {
      llvm::SmallVector<int, 32> sources;
      for (unsigned j = 0; j < at_once * 2; ++j) {
        sources.push_back(static_cast<int>(j / 2 * 4 + half * 2 + j % 2));
      }
      const unsigned step = first / columns_ * 2 + half;
      builder().CreateAlignedStore(widen(builder().CreateShuffleVector(bytes, sources)),
                                   memory_.At(pairs, (step * columns_ + first % columns_) * 4),
                                   llvm::Align(4));
    }
  }
  factor.base = pairs;
  factor.row_bytes *= 2;
  factor.offset_bytes.clear();
  for (unsigned step = 0; step < 2 * words_; ++step) {
    factor.offset_bytes.push_back(step * 4 * (is_single ? 1 : columns_));
  }
}

/// The same of words of eight elements, in four arrays of a pair of each word.
void MatrixProduct::PrepareNibbles(Factor& factor, bool is_single) {
  const unsigned total = (is_single ? rows_ : columns_) * words_;
  Value* pairs = Temporary(uint64_t{total} * 16);
  const unsigned at_once = std::min(total, 16u);
  auto* type = llvm::FixedVectorType::get(builder().getInt32Ty(), at_once);
  const auto nibble = [&](Value* words, unsigned i) {
    Value* top = builder().CreateShl(words, 28 - 4 * i);
    return element_ == MatrixKind::kS4 ? builder().CreateAShr(top, 28)
                                       : builder().CreateLShr(top, 28);
  };
  for (unsigned first = 0; first < total; first += at_once) {
    Value* words =
        builder().CreateAlignedLoad(type, memory_.At(factor.base, first * 4), llvm::Align(4));
    for (unsigned i = 0; i < 4; ++i) {
      Value* low = builder().CreateAnd(nibble(words, 2 * i), 0xffff);
      Value* pair = builder().CreateOr(low, builder().CreateShl(nibble(words, 2 * i + 1), 16));
      builder().CreateAlignedStore(pair, memory_.At(pairs, (i * total + first) * 4),
                                   llvm::Align(4));
    }
  }
  factor.base = pairs;
  std::vector<unsigned> offset_bytes;
  for (const unsigned offset : factor.offset_bytes) {
    for (unsigned i = 0; i < 4; ++i) offset_bytes.push_back(offset + i * total * 4);
  }
  factor.offset_bytes = std::move(offset_bytes);
}

/// The instruction multiplies unsigned bytes with signed ones.
void MatrixProduct::PrepareDots(Factor& factor) {
  const unsigned total = rows_ * words_;
  Value* bytes = Temporary(uint64_t{total} * 4);
  auto* type = llvm::FixedVectorType::get(builder().getInt32Ty(), 16);
  for (unsigned first = 0; first < total; first += 16) {
    Value* words =
        builder().CreateAlignedLoad(type, memory_.At(factor.base, first * 4), llvm::Align(4));
    builder().CreateAlignedStore(
        builder().CreateXor(words, llvm::ConstantInt::get(type, kMakeUnsigned)),
        memory_.At(bytes, first * 4), llvm::Align(64));
  }
  factor.base = bytes;
}

/// What each column gets too much, since 128 is added to the other factor.
void MatrixProduct::FindSurplus(Member& member) {
  Value* added = llvm::ConstantInt::get(sum_, kMakeUnsigned);
  for (unsigned vector = 0; vector < vectors_; ++vector) {
    Value* sum = llvm::Constant::getNullValue(sum_);
    for (unsigned step = 0; step < member.columns.offset_bytes.size(); ++step) {
      sum = AddProducts(sum, added, LoadColumns(member, step, vector));
    }
    member.surplus.push_back(sum);
  }
}

// --- Numbers -------------------------------------------------------------------------------------

Value* MatrixProduct::ToFloats(Value* numbers) {
  const unsigned count = llvm::cast<llvm::FixedVectorType>(numbers->getType())->getNumElements();
  auto* floats = llvm::FixedVectorType::get(builder().getFloatTy(), count);
  if (element_ == MatrixKind::kF16) return HalvesToFloats(numbers);
  if (element_ == MatrixKind::kBf16) {
    Value* wide =
        builder().CreateZExt(numbers, llvm::FixedVectorType::get(builder().getInt32Ty(), count));
    return builder().CreateBitCast(builder().CreateShl(wide, 16), floats);
  }
  // tf32: the low bits do not count, but a NaN stays one.
  Value* whole = builder().CreateBitCast(numbers, floats);
  Value* cut = builder().CreateBitCast(builder().CreateAnd(numbers, ~uint64_t{0x1fff}), floats);
  return builder().CreateSelect(builder().CreateFCmpUNO(whole, whole), whole, cut);
}

Value* MatrixProduct::HalvesToFloats(Value* halves) {
  const unsigned count = llvm::cast<llvm::FixedVectorType>(halves->getType())->getNumElements();
  auto* floats = llvm::FixedVectorType::get(builder().getFloatTy(), count);
  auto* words = llvm::FixedVectorType::get(builder().getInt32Ty(), count);
  if (target_.has_fma) {
    auto* type = llvm::FixedVectorType::get(builder().getHalfTy(), count);
    return builder().CreateFPExt(builder().CreateBitCast(halves, type), floats);
  }
  const auto number = [&](uint32_t value) { return llvm::ConstantInt::get(words, value); };
  Value* wide = builder().CreateZExt(halves, words);
  Value* sign = builder().CreateShl(builder().CreateAnd(wide, 0x8000), 16);
  Value* magnitude = builder().CreateAnd(wide, 0x7fff);
  Value* special = builder().CreateICmpUGE(magnitude, number(0x7c00));
  Value* bias = builder().CreateSelect(special, number((255 - 31) << 23), number((127 - 15) << 23));
  Value* normal = builder().CreateAdd(builder().CreateShl(magnitude, 13), bias);
  Value* tiny = builder().CreateFMul(builder().CreateUIToFP(magnitude, floats),
                                     llvm::ConstantFP::get(floats, 0x1p-24));
  Value* is_tiny = builder().CreateICmpULT(magnitude, number(0x400));
  Value* bits = builder().CreateSelect(is_tiny, builder().CreateBitCast(tiny, words), normal);
  return builder().CreateBitCast(builder().CreateOr(bits, sign), floats);
}

/// To the nearest half, ties to even; NaN becomes 0x7fff.
Value* MatrixProduct::FloatsToHalves(Value* floats) {
  auto* words = llvm::FixedVectorType::get(builder().getInt32Ty(), lanes_);
  auto* halves = llvm::FixedVectorType::get(builder().getInt16Ty(), lanes_);
  const auto number = [&](uint32_t value) { return llvm::ConstantInt::get(words, value); };
  Value* half = nullptr;
  if (target_.has_fma) {
    auto* type = llvm::FixedVectorType::get(builder().getHalfTy(), lanes_);
    half = builder().CreateBitCast(builder().CreateFPTrunc(floats, type), halves);
  } else {
    Value* bits = builder().CreateBitCast(floats, words);
    Value* sign = builder().CreateAnd(builder().CreateLShr(bits, 16), 0x8000);
    Value* magnitude = builder().CreateAnd(bits, 0x7fffffff);
    // Adding 2^23 of the smallest steps lets the addition round subnormal halves.
    Value* shifted = builder().CreateFAdd(builder().CreateBitCast(magnitude, floats->getType()),
                                          llvm::ConstantFP::get(floats->getType(), 0.5));
    Value* tiny = builder().CreateSub(builder().CreateBitCast(shifted, words), number(0x3f000000));
    Value* odd = builder().CreateAnd(builder().CreateLShr(magnitude, 13), 1);
    Value* rounded = builder().CreateAdd(builder().CreateAdd(magnitude, number(0xfff)), odd);
    Value* normal =
        builder().CreateSub(builder().CreateLShr(rounded, 13), number((127 - 15) << 10));
    Value* finite = builder().CreateSelect(builder().CreateICmpULT(magnitude, number(0x38800000)),
                                           tiny, normal);
    Value* limited = builder().CreateSelect(builder().CreateICmpULT(magnitude, number(0x477ff000)),
                                            finite, number(0x7c00));
    half = builder().CreateTrunc(builder().CreateOr(limited, sign), halves);
  }
  return builder().CreateSelect(builder().CreateFCmpUNO(floats, floats),
                                llvm::ConstantInt::get(halves, 0x7fff), half);
}

/// x * y + sum, rounded once.
Value* MatrixProduct::Fma(Value* x, Value* y, Value* sum) {
  if (target_.has_fma) {
    return builder().CreateIntrinsic(llvm::Intrinsic::fma, {sum->getType()}, {x, y, sum});
  }
  // The products of half are exact, those of the others in double, where the sum has all that
  // rounding depends on.
  if (element_ == MatrixKind::kF16) return builder().CreateFAdd(builder().CreateFMul(x, y), sum);
  auto* wide = llvm::FixedVectorType::get(builder().getDoubleTy(), lanes_);
  Value* product =
      builder().CreateFMul(builder().CreateFPExt(x, wide), builder().CreateFPExt(y, wide));
  return builder().CreateFPTrunc(builder().CreateFAdd(builder().CreateFPExt(sum, wide), product),
                                 sum->getType());
}

/// x[0] * y[0] + x[1] * y[1] for the signed halves of each word.
Value* MatrixProduct::DotOfPairs(Value* one, Value* two) {
  auto* type = llvm::cast<llvm::FixedVectorType>(one->getType());
  const unsigned count = type->getNumElements();
  if (!target_.is_x86) {
    const auto high = [&](Value* words) { return builder().CreateAShr(words, 16); };
    const auto low = [&](Value* words) { return high(builder().CreateShl(words, 16)); };
    return builder().CreateAdd(builder().CreateMul(low(one), low(two)),
                               builder().CreateMul(high(one), high(two)));
  }
  if (count * 4 > target_.vector_bytes) {
    llvm::SmallVector<int, 16> sources;
    for (unsigned i = 0; i < count; ++i) sources.push_back(static_cast<int>(i));
    const llvm::ArrayRef<int> all(sources);
    const auto part = [&](llvm::ArrayRef<int> elements) {
      return DotOfPairs(builder().CreateShuffleVector(one, elements),
                        builder().CreateShuffleVector(two, elements));
    };
    Value* first = part(all.take_front(count / 2));
    Value* second = part(all.take_back(count / 2));
    return builder().CreateShuffleVector(first, second, all);
  }
  const llvm::Intrinsic::ID dot = count == 16  ? llvm::Intrinsic::x86_avx512_pmaddw_d_512
                                  : count == 8 ? llvm::Intrinsic::x86_avx2_pmadd_wd
                                               : llvm::Intrinsic::x86_sse2_pmadd_wd;
  auto* halves = llvm::FixedVectorType::get(builder().getInt16Ty(), 2 * count);
  return builder().CreateIntrinsic(
      dot, {}, {builder().CreateBitCast(one, halves), builder().CreateBitCast(two, halves)});
}

/// One step: adds the products of what `single` and `columns` hold in each lane.
Value* MatrixProduct::AddProducts(Value* sum, Value* single, Value* columns) {
  switch (element_) {
    case MatrixKind::kF16:
    case MatrixKind::kTf32:
    case MatrixKind::kF64:
      return Fma(single, columns, sum);
    case MatrixKind::kBf16: {
      if (!UsesDots()) return Fma(single, columns, sum);
      auto* pairs = llvm::FixedVectorType::get(builder().getBFloatTy(), 2 * lanes_);
      return builder().CreateIntrinsic(
          llvm::Intrinsic::x86_avx512bf16_dpbf16ps_512, {},
          {sum, builder().CreateBitCast(columns, pairs), builder().CreateBitCast(single, pairs)});
    }
    case MatrixKind::kB1Xor:
    case MatrixKind::kB1And: {
      Value* bits = element_ == MatrixKind::kB1And ? builder().CreateAnd(single, columns)
                                                   : builder().CreateXor(single, columns);
      return builder().CreateAdd(sum, builder().CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, bits));
    }
    default:
      if (UsesDots()) {
        return builder().CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpdpbusd_512, {},
                                         {sum, single, columns});
      }
      return builder().CreateAdd(sum, DotOfPairs(single, columns));
  }
}

// --- Sums ----------------------------------------------------------------------------------------

Value* MatrixProduct::LoadC(Value* address) {
  const llvm::Align align(BytesOfC());
  if (BytesOfC() != 2) return builder().CreateAlignedLoad(sum_, address, align);
  auto* halves = llvm::FixedVectorType::get(builder().getInt16Ty(), lanes_);
  return HalvesToFloats(builder().CreateAlignedLoad(halves, address, align));
}

/// No infinities and no NaN.
Value* MatrixProduct::Limit(Value* sum) {
  const double most = BytesOfD() == 2 ? 65504.0 : 0x1.fffffep127;
  Value* below = builder().CreateMinNum(sum, llvm::ConstantFP::get(sum_, most));
  Value* between = builder().CreateMaxNum(below, llvm::ConstantFP::get(sum_, -most));
  return builder().CreateSelect(builder().CreateFCmpUNO(sum, sum),
                                llvm::Constant::getNullValue(sum_), between);
}

void MatrixProduct::StoreD(Value* sum, Value* c, Value* address) {
  if ((kind_ & kMatrixSaturate) != 0) {
    sum = IsInteger(element_) ? builder().CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, c, sum)
                              : Limit(sum);
  }
  if (BytesOfD() == 2) sum = FloatsToHalves(sum);
  builder().CreateAlignedStore(sum, address, llvm::Align(BytesOfD()));
}

Value* MatrixProduct::LoadColumns(const Member& member, unsigned step, unsigned vector) {
  llvm::Type* type = sum_;
  const unsigned offset = member.columns.offset_bytes[step] + vector * lanes_ * word_bytes_;
  return builder().CreateAlignedLoad(type, memory_.At(member.columns.base, offset), llvm::Align(4));
}

void MatrixProduct::EmitRows(const Factor& single, std::vector<Member>& members) {
  const auto in_row = static_cast<unsigned>(members.size()) * vectors_;
  const unsigned rows = std::clamp(MostSums() / in_row, 1u, rows_);
  if (rows == rows_) return EmitSomeRows(builder().getInt64(0), rows, single, members);
  for (Member& member : members) {
    member.columns.base = Opaque(member.columns.base);
    Value* c = member.c;
    member.d = Opaque(member.d);
    member.c = c == member.d ? member.d : Opaque(c);
  }
  llvm::BasicBlock* before = builder().GetInsertBlock();
  llvm::BasicBlock* loop = values_.NewBlock("rows");
  llvm::BasicBlock* after = values_.NewBlock("rows.done");
  builder().CreateBr(loop);
  builder().SetInsertPoint(loop);
  llvm::PHINode* row = builder().CreatePHI(builder().getInt64Ty(), 2, "row");
  EmitSomeRows(row, rows, single, members);
  Value* next = builder().CreateNUWAdd(row, builder().getInt64(rows));
  row->addIncoming(builder().getInt64(0), before);
  row->addIncoming(next, builder().GetInsertBlock());
  builder().CreateCondBr(builder().CreateICmpULT(next, builder().getInt64(rows_)), loop, after);
  builder().SetInsertPoint(after);
}

/// Rows of D from `row` on.
void MatrixProduct::EmitSomeRows(Value* row, unsigned rows, const Factor& single,
                                 const std::vector<Member>& members) {
  const auto at_row = [&](Value* base, unsigned row_bytes) {
    return builder().CreateGEP(builder().getInt8Ty(), base,
                               builder().CreateMul(row, builder().getInt64(row_bytes)));
  };
  Value* single_base = at_row(single.base, single.row_bytes);
  std::vector<Value*> c, d, sums;  // by row, member and vector
  for (const Member& member : members) {
    c.push_back(at_row(member.c, columns_ * BytesOfC()));
    d.push_back(at_row(member.d, columns_ * BytesOfD()));
  }
  const bool ends_with_c = IsInteger(element_) && (kind_ & kMatrixSaturate) != 0;
  const auto place = [&](Value* base, unsigned i, unsigned vector, unsigned bytes) {
    return memory_.At(base, uint64_t{i * columns_ + vector * lanes_} * bytes);
  };
  const auto for_each_sum = [&](auto each) {
    size_t index = 0;
    for (unsigned i = 0; i < rows; ++i) {
      for (unsigned member = 0; member < members.size(); ++member) {
        for (unsigned vector = 0; vector < vectors_; ++vector) each(index++, i, member, vector);
      }
    }
  };
  for_each_sum([&](size_t, unsigned i, unsigned member, unsigned vector) {
    Value* sum = ends_with_c ? llvm::Constant::getNullValue(sum_)
                             : LoadC(place(c[member], i, vector, BytesOfC()));
    const auto& surplus = members[member].surplus;
    sums.push_back(surplus.empty() ? sum : builder().CreateSub(sum, surplus[vector]));
  });
  for (unsigned step = 0; step < single.offset_bytes.size(); ++step) {
    std::vector<Value*> columns, factors;
    for (const Member& member : members) {
      for (unsigned vector = 0; vector < vectors_; ++vector) {
        columns.push_back(LoadColumns(member, step, vector));
      }
    }
    for (unsigned i = 0; i < rows; ++i) {
      Value* element = builder().CreateAlignedLoad(
          sum_->getScalarType(),
          memory_.At(single_base, i * single.row_bytes + single.offset_bytes[step]),
          llvm::Align(4));
      factors.push_back(builder().CreateVectorSplat(lanes_, element));
    }
    for_each_sum([&](size_t index, unsigned i, unsigned member, unsigned vector) {
      sums[index] = AddProducts(sums[index], factors[i], columns[member * vectors_ + vector]);
    });
  }
  for_each_sum([&](size_t index, unsigned i, unsigned member, unsigned vector) {
    Value* start = ends_with_c ? LoadC(place(c[member], i, vector, BytesOfC())) : nullptr;
    StoreD(sums[index], start, place(d[member], i, vector, BytesOfD()));
  });
}

}  // namespace opensupa::cc
