/// supa::atomic, supa::atomic_ref and supa::atomic_flag: as those of the C++ library, for host and
/// device code, with the scope of threads as a parameter. Types of 1 to 16 bytes.
#ifndef OPENSUPA_SYNC_ATOMIC_H_
#define OPENSUPA_SYNC_ATOMIC_H_
#pragma GCC system_header

#include <type_traits>

#include "opensupa/sync/scoped.h"

namespace supa {

namespace __detail {

enum class kind { plain, integer, pointer, floating };
template <class T>
constexpr kind kind_of() {
  return ::std::is_integral<T>::value && !::std::is_same<T, bool>::value ? kind::integer
         : ::std::is_pointer<T>::value                                   ? kind::pointer
         : ::std::is_floating_point<T>::value                            ? kind::floating
                                                                         : kind::plain;
}

/// Operations on the T at Self::__place(), which is aligned to its size and, if that is no power of
/// two, followed by zeros up to the next one.
template <class Self, class T, int Scope>
class operations {
  static_assert(__is_trivially_copyable(T) && sizeof(T) <= 16,
                "Atomic objects hold trivially copyable types of at most 16 bytes.");

 protected:
  typedef typename word<word_bytes(sizeof(T))>::type Word;
  __SUPA_SYNC__ T* Place() const { return static_cast<const Self*>(this)->__place(); }
  __SUPA_SYNC__ Word* Words() const { return (Word*)Place(); }

 public:
  typedef T value_type;
  static constexpr bool is_always_lock_free = true;
  __SUPA_SYNC__ bool is_lock_free() const noexcept { return true; }

  __SUPA_SYNC__ T load(memory_order order = memory_order_seq_cst) const noexcept {
    return copy_bits<T>(__detail::load<Scope>((const Word*)Words(), (int)order));
  }
  __SUPA_SYNC__ operator T() const noexcept { return load(); }
  __SUPA_SYNC__ void store(T value, memory_order order = memory_order_seq_cst) const noexcept {
    __detail::store<Scope>(Words(), copy_bits<Word>(value), (int)order);
  }
  __SUPA_SYNC__ T exchange(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return copy_bits<T>(__detail::exchange<Scope>(Words(), copy_bits<Word>(value), (int)order));
  }
  __SUPA_SYNC__ bool compare_exchange_strong(T& expected, T desired, memory_order success,
                                             memory_order failure) const noexcept {
    Word old = copy_bits<Word>(expected);
    const bool equal = __detail::compare_exchange<Scope>(Words(), &old, copy_bits<Word>(desired),
                                                         (int)success, (int)failure);
    if (!equal) expected = copy_bits<T>(old);
    return equal;
  }
  __SUPA_SYNC__ bool compare_exchange_strong(
      T& expected, T desired, memory_order order = memory_order_seq_cst) const noexcept {
    return compare_exchange_strong(expected, desired, order,
                                   (memory_order)order_of_failure((int)order));
  }
  __SUPA_SYNC__ bool compare_exchange_weak(T& expected, T desired, memory_order success,
                                           memory_order failure) const noexcept {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  __SUPA_SYNC__ bool compare_exchange_weak(
      T& expected, T desired, memory_order order = memory_order_seq_cst) const noexcept {
    return compare_exchange_strong(expected, desired, order);
  }

  /// Returns when the value is no longer `old`.
  __SUPA_SYNC__ void wait(T old, memory_order order = memory_order_seq_cst) const noexcept {
    const Word words = copy_bits<Word>(old);
    while (__detail::load<Scope>((const Word*)Words(), (int)order) == words) pause();
  }
  /// Waiting threads look again by themselves.
  __SUPA_SYNC__ void notify_one() const noexcept {}
  __SUPA_SYNC__ void notify_all() const noexcept {}
};

/// What a kind of type can do beyond that.
template <class Self, class T, int Scope, kind = kind_of<T>()>
class arithmetic : public operations<Self, T, Scope> {};

#define __SUPA_SYNC_OPERATOR__(symbol, name, Argument, expression) \
  __SUPA_SYNC__ T operator symbol(Argument value) const noexcept { \
    const T old = this->fetch_##name(value);                       \
    return (T)(expression);                                        \
  }
#define __SUPA_SYNC_STEPS__(Argument)                    \
  __SUPA_SYNC_OPERATOR__(+=, add, Argument, old + value) \
  __SUPA_SYNC_OPERATOR__(-=, sub, Argument, old - value)
#define __SUPA_SYNC_COUNTS__(Argument)                                                    \
  __SUPA_SYNC__ T operator++() const noexcept { return *this += (Argument)1; }            \
  __SUPA_SYNC__ T operator--() const noexcept { return *this -= (Argument)1; }            \
  __SUPA_SYNC__ T operator++(int) const noexcept { return this->fetch_add((Argument)1); } \
  __SUPA_SYNC__ T operator--(int) const noexcept { return this->fetch_sub((Argument)1); }

template <class Self, class T, int Scope>
class arithmetic<Self, T, Scope, kind::integer> : public operations<Self, T, Scope> {
  typedef typename operations<Self, T, Scope>::Word Word;

 public:
  typedef T difference_type;
#define __SUPA_SYNC_FETCH__(name)                                                    \
  __SUPA_SYNC__ T fetch_##name(T value, memory_order order = memory_order_seq_cst)   \
      const noexcept {                                                               \
    return (T)__detail::fetch_##name<Scope>(this->Words(), (Word)value, (int)order); \
  }
  __SUPA_SYNC_FETCH__(add)
  __SUPA_SYNC_FETCH__(sub)
  __SUPA_SYNC_FETCH__(and)
  __SUPA_SYNC_FETCH__(or)
  __SUPA_SYNC_FETCH__(xor)
#undef __SUPA_SYNC_FETCH__
  __SUPA_SYNC__ T fetch_min(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return update<Scope>(this->Place(), (int)order,
                         [=](T old) { return value < old ? value : old; });
  }
  __SUPA_SYNC__ T fetch_max(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return update<Scope>(this->Place(), (int)order,
                         [=](T old) { return old < value ? value : old; });
  }
  // Without signs: an atomic integer wraps around.
  __SUPA_SYNC_OPERATOR__(+=, add, T, (Word)old + (Word)value)
  __SUPA_SYNC_OPERATOR__(-=, sub, T, (Word)old - (Word)value)
  __SUPA_SYNC_COUNTS__(T)
  __SUPA_SYNC_OPERATOR__(&=, and, T, old& value)
  __SUPA_SYNC_OPERATOR__(|=, or, T, old | value)
  __SUPA_SYNC_OPERATOR__(^=, xor, T, old ^ value)
};

template <class Self, class T, int Scope>
class arithmetic<Self, T, Scope, kind::pointer> : public operations<Self, T, Scope> {
  typedef typename operations<Self, T, Scope>::Word Word;
  static constexpr ptrdiff_t kStepBytes = sizeof(typename ::std::remove_pointer<T>::type);

 public:
  typedef ptrdiff_t difference_type;
  __SUPA_SYNC__ T fetch_add(ptrdiff_t value,
                            memory_order order = memory_order_seq_cst) const noexcept {
    return (T)__detail::fetch_add<Scope>(this->Words(), (Word)(value * kStepBytes), (int)order);
  }
  __SUPA_SYNC__ T fetch_sub(ptrdiff_t value,
                            memory_order order = memory_order_seq_cst) const noexcept {
    return (T)__detail::fetch_sub<Scope>(this->Words(), (Word)(value * kStepBytes), (int)order);
  }
  __SUPA_SYNC_STEPS__(ptrdiff_t)
  __SUPA_SYNC_COUNTS__(ptrdiff_t)
};

template <class Self, class T, int Scope>
class arithmetic<Self, T, Scope, kind::floating> : public operations<Self, T, Scope> {
 public:
  typedef T difference_type;
  __SUPA_SYNC__ T fetch_add(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return fetch_add_float<Scope>(this->Place(), value, (int)order);
  }
  __SUPA_SYNC__ T fetch_sub(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return fetch_add_float<Scope>(this->Place(), -value, (int)order);
  }
  /// As fmin and fmax: a number rather than NaN.
  __SUPA_SYNC__ T fetch_min(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return update<Scope>(this->Place(), (int)order,
                         [=](T old) { return value < old || old != old ? value : old; });
  }
  __SUPA_SYNC__ T fetch_max(T value, memory_order order = memory_order_seq_cst) const noexcept {
    return update<Scope>(this->Place(), (int)order,
                         [=](T old) { return old < value || old != old ? value : old; });
  }
  __SUPA_SYNC_STEPS__(T)
};
#undef __SUPA_SYNC_OPERATOR__
#undef __SUPA_SYNC_STEPS__
#undef __SUPA_SYNC_COUNTS__

/// A value with zeros behind it up to the size of a word.
template <class T, bool Fits = sizeof(T) == word_bytes(sizeof(T))>
struct alignas(word_bytes(sizeof(T))) storage {
  T value;
  storage() = default;
  __SUPA_SYNC__ constexpr storage(T initial) : value(initial) {}
};
template <class T>
struct alignas(word_bytes(sizeof(T))) storage<T, false> {
  T value;
  unsigned char zeros[word_bytes(sizeof(T)) - sizeof(T)];
  storage() = default;
  __SUPA_SYNC__ constexpr storage(T initial) : value(initial), zeros() {}
};

}  // namespace __detail

/// Without an initial value it is uninitialized, so that it can stand in shared memory.
template <class T, thread_scope Scope = thread_scope_system>
class atomic : public __detail::arithmetic<atomic<T, Scope>, T, Scope> {
 public:
  atomic() noexcept = default;
  __SUPA_SYNC__ constexpr atomic(T value) noexcept : storage_(value) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  __SUPA_SYNC__ T operator=(T value) noexcept {
    this->store(value);
    return value;
  }

  __SUPA_SYNC__ T* __place() const { return const_cast<T*>(&storage_.value); }

 private:
  __detail::storage<T> storage_;
};

/// An object that is accessed atomically while the reference lives.
template <class T, thread_scope Scope = thread_scope_system>
class atomic_ref : public __detail::arithmetic<atomic_ref<T, Scope>, T, Scope> {
  static_assert(sizeof(T) == __detail::word_bytes(sizeof(T)),
                "An object that is accessed atomically has 1, 2, 4, 8 or 16 bytes.");

 public:
  static constexpr size_t required_alignment = sizeof(T);
  __SUPA_SYNC__ explicit atomic_ref(T& object) noexcept : object_(&object) {}
  atomic_ref(const atomic_ref&) noexcept = default;
  atomic_ref& operator=(const atomic_ref&) = delete;
  __SUPA_SYNC__ T operator=(T value) const noexcept {
    this->store(value);
    return value;
  }

  __SUPA_SYNC__ T* __place() const { return object_; }

 private:
  T* object_;
};

/// A bool that is set and cleared. In static storage it starts as false.
template <thread_scope Scope>
class __scoped_atomic_flag {
 public:
  constexpr __scoped_atomic_flag() noexcept = default;
  __SUPA_SYNC__ constexpr __scoped_atomic_flag(bool value) noexcept : set_(value) {}
  __scoped_atomic_flag(const __scoped_atomic_flag&) = delete;
  __scoped_atomic_flag& operator=(const __scoped_atomic_flag&) = delete;

  __SUPA_SYNC__ bool test(memory_order order = memory_order_seq_cst) const noexcept {
    return set_.load(order) != 0;
  }
  __SUPA_SYNC__ bool test_and_set(memory_order order = memory_order_seq_cst) noexcept {
    return set_.exchange(1, order) != 0;
  }
  __SUPA_SYNC__ void clear(memory_order order = memory_order_seq_cst) noexcept {
    set_.store(0, order);
  }
  __SUPA_SYNC__ void wait(bool old, memory_order order = memory_order_seq_cst) const noexcept {
    set_.wait(old ? 1 : 0, order);
  }
  __SUPA_SYNC__ void notify_one() noexcept {}
  __SUPA_SYNC__ void notify_all() noexcept {}

 private:
  atomic<int, Scope> set_ = {0};
};
typedef __scoped_atomic_flag<thread_scope_system> atomic_flag;

__SUPA_SYNC__ void atomic_thread_fence(memory_order order,
                                       thread_scope scope = thread_scope_system) noexcept {
  switch (scope) {
    case thread_scope_thread:
    case thread_scope_block:
      return __detail::fence<thread_scope_block>((int)order);
    case thread_scope_device:
      return __detail::fence<thread_scope_device>((int)order);
    default:
      return __detail::fence<thread_scope_system>((int)order);
  }
}
__SUPA_SYNC__ void atomic_signal_fence(memory_order order) noexcept {
  __atomic_signal_fence((int)order);
}

/// The same under the names of the C++ library, at system scope.
namespace std {
using ::std::memory_order;
using ::std::memory_order_acq_rel;
using ::std::memory_order_acquire;
using ::std::memory_order_consume;
using ::std::memory_order_relaxed;
using ::std::memory_order_release;
using ::std::memory_order_seq_cst;
using supa::atomic_flag;
using supa::atomic_signal_fence;
template <class T>
using atomic = supa::atomic<T, thread_scope_system>;
template <class T>
using atomic_ref = supa::atomic_ref<T, thread_scope_system>;
__SUPA_SYNC__ void atomic_thread_fence(memory_order order) noexcept {
  supa::atomic_thread_fence(order);
}

typedef atomic<bool> atomic_bool;
typedef atomic<char> atomic_char;
typedef atomic<signed char> atomic_schar;
typedef atomic<unsigned char> atomic_uchar;
typedef atomic<short> atomic_short;
typedef atomic<unsigned short> atomic_ushort;
typedef atomic<int> atomic_int;
typedef atomic<unsigned int> atomic_uint;
typedef atomic<long> atomic_long;
typedef atomic<unsigned long> atomic_ulong;
typedef atomic<long long> atomic_llong;
typedef atomic<unsigned long long> atomic_ullong;
typedef atomic<int8_t> atomic_int8_t;
typedef atomic<uint8_t> atomic_uint8_t;
typedef atomic<int16_t> atomic_int16_t;
typedef atomic<uint16_t> atomic_uint16_t;
typedef atomic<int32_t> atomic_int32_t;
typedef atomic<uint32_t> atomic_uint32_t;
typedef atomic<int64_t> atomic_int64_t;
typedef atomic<uint64_t> atomic_uint64_t;
typedef atomic<size_t> atomic_size_t;
typedef atomic<ptrdiff_t> atomic_ptrdiff_t;
typedef atomic<intptr_t> atomic_intptr_t;
typedef atomic<uintptr_t> atomic_uintptr_t;

#define __SUPA_SYNC_FREE__(name)                                                          \
  template <class T, thread_scope Scope>                                                  \
  __SUPA_SYNC__ T atomic_##name(const supa::atomic<T, Scope>* object, T value) noexcept { \
    return object->name(value);                                                           \
  }                                                                                       \
  template <class T, thread_scope Scope>                                                  \
  __SUPA_SYNC__ T atomic_##name##_explicit(const supa::atomic<T, Scope>* object, T value, \
                                           memory_order order) noexcept {                 \
    return object->name(value, order);                                                    \
  }
__SUPA_SYNC_FREE__(exchange)
__SUPA_SYNC_FREE__(fetch_add)
__SUPA_SYNC_FREE__(fetch_sub)
__SUPA_SYNC_FREE__(fetch_and)
__SUPA_SYNC_FREE__(fetch_or)
__SUPA_SYNC_FREE__(fetch_xor)
#undef __SUPA_SYNC_FREE__
template <class T, thread_scope Scope>
__SUPA_SYNC__ T atomic_load(const supa::atomic<T, Scope>* object) noexcept {
  return object->load();
}
template <class T, thread_scope Scope>
__SUPA_SYNC__ T atomic_load_explicit(const supa::atomic<T, Scope>* object,
                                     memory_order order) noexcept {
  return object->load(order);
}
template <class T, thread_scope Scope>
__SUPA_SYNC__ void atomic_store(supa::atomic<T, Scope>* object, T value) noexcept {
  object->store(value);
}
template <class T, thread_scope Scope>
__SUPA_SYNC__ void atomic_store_explicit(supa::atomic<T, Scope>* object, T value,
                                         memory_order order) noexcept {
  object->store(value, order);
}
}  // namespace std

}  // namespace supa

/// CUDA's names.
namespace cuda {
using namespace ::supa;
namespace std {
using namespace ::supa::std;
}
}  // namespace cuda

#endif  // OPENSUPA_SYNC_ATOMIC_H_
