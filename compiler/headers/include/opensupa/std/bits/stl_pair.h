/// libstdc++'s <bits/stl_pair.h>, and its deduction guide once more for device code: clang takes a
/// guide without attributes for host code only.
#ifndef OPENSUPA_STD_STL_PAIR_H_
#define OPENSUPA_STD_STL_PAIR_H_
#pragma clang system_header
#include_next <bits/stl_pair.h>
#if __cplusplus >= 201703L
namespace std {
template <class First, class Second>
__attribute__((device)) pair(First, Second) -> pair<First, Second>;
}  // namespace std
#endif
#endif  // OPENSUPA_STD_STL_PAIR_H_
