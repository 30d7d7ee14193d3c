#pragma once

// Made by ../tables/polynomials_float.py; change that, not this.
// Coefficients of x^0, x^1 ...
// clang-format off

namespace opensupa::devicelib {

// (1 / sqrt(1 - e) - 1) / e, |e| <= 0.07; error 2^-25.19
inline constexpr float kRsqrtFloat[] = {
    0x1.ffff8ap-2f, 0x1.7fff6cp-2f, 0x1.41849ep-2f, 0x1.19738ap-2f,
};

// (exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2; error 2^-28.28
inline constexpr float kExpFloat[] = {
    0x1.fffffcp-2f, 0x1.555490p-3f, 0x1.5558f2p-5f, 0x1.123a30p-7f,
    0x1.6a23dcp-10f,
};

// (log(1 + f) - f) / f^2, |f| <= 1 / 3; error 2^-27.67
inline constexpr float kLogFloat[] = {
    -0x1.000000p-1f, 0x1.555502p-2f, -0x1.fffd6ep-3f, 0x1.99d1f6p-3f,
    -0x1.55ccd4p-3f, 0x1.1ebe3ep-3f, -0x1.eebd3ap-4f, 0x1.1ed1ecp-3f,
    -0x1.1097dap-3f,
};

// erf(x) / x - 1 in x^2, |x| <= 1; error 2^-29.66
inline constexpr float kErfNearFloat[] = {
    0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2d20p-4f, -0x1.b7fbb4p-6f,
    0x1.5419f6p-8f, -0x1.a485ecp-11f, 0x1.4ae4d0p-14f,
};

// log2(erfc(x)), 1 <= x <= 3.95; error 2^-29.85
inline constexpr float kErfFarFloat[] = {
    -0x1.0b8c9ep-11f, -0x1.a03fe6p+0f, -0x1.d76e84p-1f, -0x1.307032p-3f,
    0x1.01b518p-5f, -0x1.15ef72p-8f, 0x1.18bb54p-12f,
};

// 2^r, |r| <= 0.5, for where little depends on it; error 2^-23.67
inline constexpr float kExp2Float[] = {
    0x1.000002p+0f, 0x1.62e428p-1f, 0x1.ebf918p-3f, 0x1.c6b6e4p-5f,
    0x1.3d0c52p-7f, 0x1.5c08e6p-10f,
};

}  // namespace opensupa::devicelib
