/// libstdc++'s <bits/alloc_traits.h> as its standard has it: it has functions with a variable
/// number of arguments, which cannot be for device code.
#pragma clang system_header
#pragma push_macro("_GLIBCXX14_CONSTEXPR")
#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#if __cplusplus < 201402L
#undef _GLIBCXX14_CONSTEXPR
#define _GLIBCXX14_CONSTEXPR
#endif
#if __cplusplus < 202002L
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#endif
#include_next <bits/alloc_traits.h>
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
#pragma pop_macro("_GLIBCXX14_CONSTEXPR")
