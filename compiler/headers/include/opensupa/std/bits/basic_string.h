/// libstdc++'s <bits/basic_string.h> as its standard has it: strings are for host code, and their
/// definitions out of class lack the macros that std_support.h gives a meaning.
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
#include_next <bits/basic_string.h>
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
#pragma pop_macro("_GLIBCXX14_CONSTEXPR")
