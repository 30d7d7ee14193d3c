/// Products of small matrices that are spread over a warp, under CUDA's names: nvcuda::wmma.
///
/// A fragment is one lane's part of a matrix, in an order that docs/device-ir.md fixes and that
/// does not depend on how the matrix lies in memory. All lanes of a warp call these functions
/// together. Results are defined to the bit, see there.
#ifndef OPENSUPA_DEVICE_MATRIX_H_
#define OPENSUPA_DEVICE_MATRIX_H_
#pragma clang system_header

#include "opensupa/device/bf16.h"
#include "opensupa/device/fp16.h"
#include "opensupa/device/qualifiers.h"

__SUPA_EXTERN__ void __su_mma(unsigned int kind, void* d, const void* a, const void* b,
                              const void* c);
__SUPA_EXTERN__ void __su_matrix_move(unsigned int kind, void* fragment, void* memory,
                                      unsigned int stride);

namespace nvcuda {
namespace wmma {

// What a fragment is, and how its matrix lies in memory.
struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

// Element types that have no C++ type of their own.
namespace precision {
struct tf32;
}
namespace experimental {
namespace precision {
struct u4;
struct s4;
struct b1;
}  // namespace precision
enum bmmaBitOp { bmmaBitOpXOR = 1, bmmaBitOpAND = 2 };
enum bmmaAccumulateOp { bmmaAccumulateOpPOPC = 1 };
}  // namespace experimental

/// Rounds to 10 bits after the point, to nearest, ties away from zero; infinities and NaN stay.
__SUPA_DEVICE_FN__ float __float_to_tf32(float value) {
  const unsigned int bits = __builtin_bit_cast(unsigned int, value);
  if ((bits & 0x7f800000u) == 0x7f800000u) return value;
  return __builtin_bit_cast(float, (bits + 0x1000u) & ~0x1fffu);
}

/// Parts of __su_mma's first argument.
template <unsigned Kind, class Storage, class Accumulator, unsigned Repeat, unsigned PerStorage>
struct __supa_matrix_type {
  static constexpr unsigned kind = Kind;
  typedef Storage storage;
  typedef Accumulator accumulator;
  /// Fragments of A and B have at least this many elements, the later ones repeating the first.
  static constexpr unsigned least = Repeat;
  /// Elements in one of type Storage.
  static constexpr unsigned packed = PerStorage;
};
template <class T>
struct __supa_matrix_element {
  static constexpr unsigned kind = ~0u;
};
template <>
struct __supa_matrix_element<__half> : __supa_matrix_type<0, __half, float, 16, 1> {};
template <>
struct __supa_matrix_element<__nv_bfloat16> : __supa_matrix_type<1, __nv_bfloat16, float, 1, 1> {};
template <>
struct __supa_matrix_element<precision::tf32> : __supa_matrix_type<2, float, float, 1, 1> {};
template <>
struct __supa_matrix_element<double> : __supa_matrix_type<3, double, double, 1, 1> {};
template <>
struct __supa_matrix_element<signed char> : __supa_matrix_type<4, signed char, int, 1, 1> {};
template <>
struct __supa_matrix_element<unsigned char> : __supa_matrix_type<5, unsigned char, int, 1, 1> {};
template <>
struct __supa_matrix_element<experimental::precision::s4>
    : __supa_matrix_type<6, unsigned int, int, 1, 8> {};
template <>
struct __supa_matrix_element<experimental::precision::u4>
    : __supa_matrix_type<7, unsigned int, int, 1, 8> {};
template <>
struct __supa_matrix_element<experimental::precision::b1>
    : __supa_matrix_type<8, unsigned int, int, 1, 32> {};

constexpr unsigned __supa_matrix_shape(int m, int n, int k) {
  return m == 16 && n == 16 && k == 16  ? 0
         : m == 32 && n == 8 && k == 16 ? 1
         : m == 8 && n == 32 && k == 16 ? 2
         : m == 16 && n == 16 && k == 8 ? 3
         : m == 8 && n == 8 && k == 4   ? 4
         : m == 8 && n == 8 && k == 32  ? 5
         : m == 8 && n == 8 && k == 128 ? 6
                                        : 7;
}
/// Whether factors of the kind come in the shape.
constexpr bool __supa_matrix_exists(unsigned kind, unsigned shape) {
  return kind <= 1 || kind == 4 || kind == 5 ? shape <= 2
         : kind == 2                         ? shape == 3
         : kind == 3                         ? shape == 4
         : kind == 6 || kind == 7            ? shape == 5
                                             : kind == 8 && shape == 6;
}
template <class T>
constexpr bool __supa_accumulator_exists(unsigned shape) {
  return __is_same(T, float)    ? shape <= 3
         : __is_same(T, __half) ? shape <= 2
         : __is_same(T, int)    ? shape <= 2 || shape == 5 || shape == 6
                                : __is_same(T, double) && shape == 4;
}

/// Bits 16 and 17 of __su_matrix_move's first argument, and how many elements a lane has.
template <class Use, int m, int n, int k, class T, class Layout>
struct __supa_fragment {
  static_assert(__is_same(Use, accumulator),
                "The first argument of wmma::fragment is matrix_a, matrix_b or accumulator.");
  static_assert(__is_same(Layout, void), "An accumulator has no layout.");
  static_assert(__supa_accumulator_exists<T>(__supa_matrix_shape(m, n, k)),
                "wmma has no accumulator of this shape and type.");
  typedef T storage;
  static constexpr unsigned use = 2, count = m * n / 32, distinct = count, packed = 1;
};
template <int Elements, class T>
struct __supa_factor {
  typedef __supa_matrix_element<T> element;
  typedef typename element::storage storage;
  static constexpr unsigned distinct = Elements / 32, packed = element::packed;
  static constexpr unsigned count = distinct < element::least ? element::least : distinct;
};
template <int m, int n, int k, class T, class Layout>
struct __supa_fragment<matrix_a, m, n, k, T, Layout> : __supa_factor<m * k, T> {
  static_assert(__supa_matrix_exists(__supa_matrix_element<T>::kind, __supa_matrix_shape(m, n, k)),
                "wmma has no matrix_a of this shape and type.");
  static_assert(__is_same(Layout, row_major) ||
                    (__is_same(Layout, col_major) && __supa_matrix_element<T>::packed == 1),
                "The layout of a matrix_a is row_major, or col_major unless elements are smaller "
                "than a byte.");
  static constexpr unsigned use = 0;
};
template <int m, int n, int k, class T, class Layout>
struct __supa_fragment<matrix_b, m, n, k, T, Layout> : __supa_factor<k * n, T> {
  static_assert(__supa_matrix_exists(__supa_matrix_element<T>::kind, __supa_matrix_shape(m, n, k)),
                "wmma has no matrix_b of this shape and type.");
  static_assert(__is_same(Layout, col_major) ||
                    (__is_same(Layout, row_major) && __supa_matrix_element<T>::packed == 1),
                "The layout of a matrix_b is col_major, or row_major unless elements are smaller "
                "than a byte.");
  static constexpr unsigned use = 1;
};

/// One lane's part of a matrix. Element `i` of fragments of the same type stands for the same
/// place, so that programs can work on elements.
template <class Use, int m, int n, int k, class T, class Layout = void>
class __attribute__((aligned(8))) fragment {
  typedef __supa_fragment<Use, m, n, k, T, Layout> traits;

 public:
  typedef T element_type;
  typedef typename traits::storage storage_element_type;
  static constexpr int num_elements = traits::count;
  static constexpr int num_storage_elements = traits::count / traits::packed;
  storage_element_type x[num_storage_elements];
};

template <class Use, int m, int n, int k, class T, class Layout>
__SUPA_DEVICE_FN__ void fill_fragment(
    fragment<Use, m, n, k, T, Layout>& f,
    const typename fragment<Use, m, n, k, T, Layout>::storage_element_type& value) {
  for (int i = 0; i < f.num_storage_elements; ++i) f.x[i] = value;
}

/// What __su_matrix_move is told about fragments of this type.
template <class Use, int m, int n, int k, class T, class Layout>
constexpr unsigned __supa_matrix_move_kind(bool by_rows) {
  typedef __supa_fragment<Use, m, n, k, T, Layout> traits;
  return sizeof(typename traits::storage) + 256 * __supa_matrix_shape(m, n, k) +
         0x10000 * traits::use + (by_rows ? 0 : 0x40000);
}

template <class Use, int m, int n, int k, class T, class Layout, class Memory>
__SUPA_DEVICE_FN__ void __supa_matrix_load(fragment<Use, m, n, k, T, Layout>& f, const Memory* from,
                                           unsigned int ldm, bool by_rows) {
  typedef __supa_fragment<Use, m, n, k, T, Layout> traits;
  constexpr unsigned rows = __supa_matrix_move_kind<Use, m, n, k, T, Layout>(true);
  constexpr unsigned columns = __supa_matrix_move_kind<Use, m, n, k, T, Layout>(false);
  // The first argument must be a constant.
  if (by_rows) {
    __su_matrix_move(rows, f.x, const_cast<Memory*>(from), ldm / traits::packed);
  } else {
    __su_matrix_move(columns, f.x, const_cast<Memory*>(from), ldm / traits::packed);
  }
  for (unsigned i = traits::distinct; i < traits::count; ++i) f.x[i] = f.x[i - traits::distinct];
}

/// `ldm` is the distance of the rows (row_major) or columns in elements.
template <class Use, int m, int n, int k, class T, class Layout>
__SUPA_DEVICE_FN__ void load_matrix_sync(
    fragment<Use, m, n, k, T, Layout>& f,
    const typename fragment<Use, m, n, k, T, Layout>::storage_element_type* from,
    unsigned int ldm) {
  static_assert(!__is_same(Layout, void), "The layout of an accumulator is the fourth argument.");
  __supa_matrix_load(f, from, ldm, __is_same(Layout, row_major));
}
/// Elements smaller than a byte: rows start at a multiple of 4 bytes.
template <class Use, int m, int n, int k, class T, class Layout>
__SUPA_DEVICE_FN__ void load_matrix_sync(fragment<Use, m, n, k, T, Layout>& f, const void* from,
                                         unsigned int ldm) {
  static_assert(__supa_matrix_element<T>::packed > 1,
                "The pointer must be to the type of the fragment's elements.");
  __supa_matrix_load(f, (const unsigned int*)from, ldm, __is_same(Layout, row_major));
}
template <int m, int n, int k, class T>
__SUPA_DEVICE_FN__ void load_matrix_sync(fragment<accumulator, m, n, k, T>& f, const T* from,
                                         unsigned int ldm, layout_t layout) {
  __supa_matrix_load(f, from, ldm, layout == mem_row_major);
}

template <int m, int n, int k, class T>
__SUPA_DEVICE_FN__ void store_matrix_sync(T* to, const fragment<accumulator, m, n, k, T>& f,
                                          unsigned int ldm, layout_t layout) {
  constexpr unsigned rows = __supa_matrix_move_kind<accumulator, m, n, k, T, void>(true);
  constexpr unsigned columns = __supa_matrix_move_kind<accumulator, m, n, k, T, void>(false);
  void* const x = const_cast<T*>(f.x);
  if (layout == mem_row_major) {
    __su_matrix_move(rows + 0x80000, x, to, ldm);
  } else {
    __su_matrix_move(columns + 0x80000, x, to, ldm);
  }
}

template <class T, class D, class C>
constexpr bool __supa_matrix_sums_fit() {
  typedef typename __supa_matrix_element<T>::accumulator sum;
  return (__is_same(C, sum) || (__is_same(T, __half) && __is_same(C, __half))) &&
         (__is_same(D, sum) || (__is_same(T, __half) && __is_same(D, __half)));
}

/// d = a * b + c. With `satf`, infinities become the largest finite number and NaN 0 (not in
/// double), and integers are limited to the range of int; without it, integers wrap around.
template <int m, int n, int k, class T, class LayoutA, class LayoutB, class D, class C>
__SUPA_DEVICE_FN__ void mma_sync(fragment<accumulator, m, n, k, D>& d,
                                 const fragment<matrix_a, m, n, k, T, LayoutA>& a,
                                 const fragment<matrix_b, m, n, k, T, LayoutB>& b,
                                 const fragment<accumulator, m, n, k, C>& c, bool satf = false) {
  static_assert(__supa_matrix_sums_fit<T, D, C>(),
                "wmma cannot add the products of these elements to such accumulators.");
  static_assert(__supa_matrix_element<T>::kind < 8, "Matrices of bits are for bmma_sync.");
  constexpr unsigned kind = __supa_matrix_element<T>::kind + 256 * __supa_matrix_shape(m, n, k) +
                            (__is_same(C, __half) ? 0x10000 : 0) +
                            (__is_same(D, __half) ? 0x20000 : 0);
  constexpr unsigned limited = __is_same(T, double) ? kind : kind + 0x40000;
  if (satf) {
    __su_mma(limited, d.x, a.x, b.x, c.x);
  } else {
    __su_mma(kind, d.x, a.x, b.x, c.x);
  }
}

namespace experimental {
/// Adds to c how many bits of a row of a and a column of b differ, or are both set.
__SUPA_DEVICE_FN__ void bmma_sync(fragment<accumulator, 8, 8, 128, int>& d,
                                  const fragment<matrix_a, 8, 8, 128, precision::b1, row_major>& a,
                                  const fragment<matrix_b, 8, 8, 128, precision::b1, col_major>& b,
                                  const fragment<accumulator, 8, 8, 128, int>& c,
                                  bmmaBitOp operation = bmmaBitOpXOR,
                                  bmmaAccumulateOp = bmmaAccumulateOpPOPC) {
  if (operation == bmmaBitOpAND) {
    __su_mma(9 + 256 * 6, d.x, a.x, b.x, c.x);
  } else {
    __su_mma(8 + 256 * 6, d.x, a.x, b.x, c.x);
  }
}
}  // namespace experimental

}  // namespace wmma
}  // namespace nvcuda

#endif  // OPENSUPA_DEVICE_MATRIX_H_
