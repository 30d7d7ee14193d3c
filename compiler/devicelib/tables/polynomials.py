#!/usr/bin/env python3
"""Writes ../src/polynomials.h: polynomials of the elementary functions.

Needs mpmath. The header is committed; run this again only to change a fit. Each polynomial is the
Chebyshev interpolant of a function on an interval, turned into powers of x, to the relative error that
the entry names.
"""

import mpmath as mp

mp.mp.dps = 60
FOR_FLOAT = mp.mpf(2) ** -42
# The rest terms below are small beside what they are added to.
FOR_DOUBLE = mp.mpf(2) ** -52
CHECKS = 400


def interpolate(function, low, high, terms):
    """Chebyshev coefficients of the interpolant with `terms` nodes on [low, high]."""
    middle, half = (mp.mpf(low) + high) / 2, (mp.mpf(high) - low) / 2
    nodes = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / terms) for k in range(terms)]
    values = [function(middle + half * node) for node in nodes]
    result = []
    for j in range(terms):
        total = mp.fsum(values[k] * mp.cos(mp.pi * j * (k + mp.mpf(1) / 2) / terms)
                        for k in range(terms))
        result.append(total * 2 / terms)
    result[0] /= 2
    return result


def powers(chebyshev, low, high):
    """The same polynomial in powers of x."""
    middle, half = (mp.mpf(low) + high) / 2, (mp.mpf(high) - low) / 2
    # T_n as polynomials in x, by their recurrence with t = (x - middle) / half.
    previous, current = [mp.mpf(1)], [-middle / half, 1 / half]
    total = [mp.mpf(0)] * len(chebyshev)
    for j, coefficient in enumerate(chebyshev):
        term = previous if j == 0 else current
        for i, value in enumerate(term):
            total[i] += coefficient * value
        if j > 0:
            following = [mp.mpf(0)] * (len(current) + 1)
            for i, value in enumerate(current):
                following[i] += -2 * middle / half * value
                following[i + 1] += 2 / half * value
            for i, value in enumerate(previous):
                following[i] -= value
            previous, current = current, following
    return total


# Where a function is smaller than this, errors are measured as if it were not.
SMALLEST = mp.mpf(2) ** -4


def fit(function, low, high, tolerance):
    """The shortest polynomial with a relative error below `tolerance`, after rounding to double."""
    for terms in range(3, 40):
        coefficients = [mp.mpf(float(c)) for c in powers(interpolate(function, low, high, terms), low, high)]
        worst = 0
        for i in range(CHECKS + 1):
            x = mp.mpf(low) + (mp.mpf(high) - low) * i / CHECKS
            exact = function(x)
            worst = max(worst, abs(mp.polyval(coefficients[::-1], x) - exact) / max(abs(exact), SMALLEST))
            if worst > tolerance:
                break
        if worst <= tolerance:
            return coefficients, worst
    raise ValueError("no fit")


def odd(function, limit_value):
    """function(x) / x as a function of z = x^2."""
    return lambda z: limit_value if z == 0 else function(mp.sqrt(z)) / mp.sqrt(z)


def log_series(z):
    """log((1 + s) / (1 - s)) / s of z = s^2."""
    return mp.mpf(2) if z == 0 else mp.log((1 + mp.sqrt(z)) / (1 - mp.sqrt(z))) / mp.sqrt(z)


def log_rest(z):
    """What log_series leaves after 2, by z."""
    return mp.mpf(2) / 3 if z < mp.mpf(10) ** -30 else (log_series(z) - 2) / z


def exp_rest(r):
    """(exp(r) - 1 - r) / r^2."""
    return mp.mpf(1) / 2 + r / 6 if abs(r) < mp.mpf(10) ** -25 else (mp.expm1(r) - r) / r**2


def sinh_rest(z):
    """(sinh(x) - x) / x^3 of z = x^2."""
    x = mp.sqrt(z)
    return mp.mpf(1) / 6 + z / 120 if z < mp.mpf(10) ** -15 else (mp.sinh(x) - x) / x**3


def tanh_rest(z):
    """(tanh(x) - x) / x^3 of z = x^2."""
    x = mp.sqrt(z)
    return -mp.mpf(1) / 3 + 2 * z / 15 if z < mp.mpf(10) ** -15 else (mp.tanh(x) - x) / x**3


def sin_rest(z):
    """(sin(x) - x) / x^3 of z = x^2."""
    x = mp.sqrt(z)
    return -mp.mpf(1) / 6 + z / 120 if z < mp.mpf(10) ** -15 else (mp.sin(x) - x) / x**3


def cos_rest(z):
    """(cos(x) - 1 + x^2 / 2) / x^4 of z = x^2."""
    return (mp.mpf(1) / 24 - z / 720 if z < mp.mpf(10) ** -10
            else (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2)


def expm1_rest(r):
    """(expm1(r) - r - r^2 / 2) / r^3."""
    return (mp.mpf(1) / 6 + r / 24 if abs(r) < mp.mpf(10) ** -15
            else (mp.expm1(r) - r - r * r / 2) / r**3)


def scaled_erfc(t):
    """(1 + 2 x) erfcx(x) for x >= 0, with t = (x - 4) / (x + 4)."""
    if t == 1:
        return 2 / mp.sqrt(mp.pi)
    x = 4 * (1 + t) / (1 - t)
    if x > 200:
        series = 1 - 1 / (2 * x**2) + 3 / (4 * x**4) - 15 / (8 * x**6) + 105 / (16 * x**8)
        return (1 + 2 * x) * series / (x * mp.sqrt(mp.pi))
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


def erfcinv(y):
    """Inverse of erfc for 0 < y < 1, by Newton's steps on the logarithm."""
    z = mp.sqrt(-mp.log(y * 1.5 * mp.sqrt(-mp.log(y)))) if y < 0.1 else mp.mpf(1) - y
    for _ in range(60):
        value = mp.erfc(z)
        step = mp.log(value / y) * value * mp.exp(z * z) * mp.sqrt(mp.pi) / 2
        z += step
        if abs(step) < mp.mpf(10) ** -50:
            break
    return z


def erfcinv_tail(middle):
    """erfcinv(exp(-s^2)) / s of u = (s - middle) / (s + middle)."""
    def function(u):
        s = middle * (1 + u) / (1 - u)
        return erfcinv(mp.exp(-s * s)) / s
    return function


def mapped(s, middle):
    return (mp.mpf(s) - middle) / (mp.mpf(s) + middle)


def erfinv_centre(z):
    """erfinv(x) / x of z = x^2."""
    if z < mp.mpf(10) ** -20:
        return mp.sqrt(mp.pi) / 2 * (1 + mp.pi * z / 12)
    return mp.erfinv(mp.sqrt(z)) / mp.sqrt(z)


HALF_LOG_2 = mp.log(2) / 2
EIGHTH_TURN = (mp.pi / 4 + mp.mpf(2) ** -20) ** 2
LOG_LIMIT = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) + mp.mpf(2) ** -20) ** 2
ATAN_LIMIT = (mp.sqrt(2) - 1 + mp.mpf(2) ** -20) ** 2

POLYNOMIALS = [
    ("kExp2", "(2^x - 1) / x, |x| <= 0.5",
     lambda x: mp.log(2) if x == 0 else mp.expm1(x * mp.log(2)) / x, -0.5, 0.5, FOR_FLOAT),
    ("kExpm1", "expm1(x) / x, |x| <= ln(2) / 2", lambda x: mp.mpf(1) if x == 0 else mp.expm1(x) / x,
     -HALF_LOG_2, HALF_LOG_2, FOR_FLOAT),
    ("kLog", "ln((1 + s) / (1 - s)) / s in s^2, for 1/sqrt(2) to sqrt(2)", log_series, 0, LOG_LIMIT, FOR_FLOAT),
    ("kSin", "sin(x) / x in x^2, |x| <= pi / 4", odd(mp.sin, mp.mpf(1)), 0, EIGHTH_TURN, FOR_FLOAT),
    ("kCos", "cos(x) in x^2, |x| <= pi / 4", lambda z: mp.cos(mp.sqrt(z)), 0, EIGHTH_TURN, FOR_FLOAT),
    ("kAtan", "atan(x) / x in x^2, |x| <= tan(pi / 8)", odd(mp.atan, mp.mpf(1)), 0, ATAN_LIMIT, FOR_FLOAT),
    ("kAsin", "asin(x) / x in x^2, |x| <= 0.5", odd(mp.asin, mp.mpf(1)), 0, 0.25, FOR_FLOAT),
    ("kErfcxFloat", "(1 + 2x) erfcx(x) in (x - 4) / (x + 4), x >= 0", scaled_erfc, -1, 1, FOR_FLOAT),
    ("kErfinv", "erfinv(x) / x in x^2, |x| <= 0.5", erfinv_centre, 0, 0.25, FOR_FLOAT),
    ("kErfcinv", "erfcinv(exp(-s^2)) / s in (s - 3) / (s + 3), 0.82 <= s <= 10.25", erfcinv_tail(3),
     mapped(0.82, 3), mapped(10.25, 3), FOR_FLOAT),
    ("kErfcinvStart", "erfcinv(exp(-s^2)) / s in (s - 5) / (s + 5), 0.82 <= s <= 27.5", erfcinv_tail(5),
     mapped(0.82, 5), mapped(27.5, 5), mp.mpf(2) ** -21),
    ("kExpRest", "(exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2", exp_rest, -HALF_LOG_2, HALF_LOG_2,
     FOR_DOUBLE),
    ("kExpm1Rest", "(expm1(r) - r - r^2 / 2) / r^3, |r| <= 0.25", expm1_rest, -0.25, 0.25,
     FOR_DOUBLE),
    ("kSinhRest", "(sinh(x) - x) / x^3 in x^2, |x| <= 1", sinh_rest, 0, 1, FOR_DOUBLE),
    ("kSinRest", "(sin(x) - x) / x^3 in x^2, |x| <= pi / 4", sin_rest, 0, EIGHTH_TURN, FOR_DOUBLE),
    ("kCosRest", "(cos(x) - 1 + x^2 / 2) / x^4 in x^2, |x| <= pi / 4", cos_rest, 0, EIGHTH_TURN, FOR_DOUBLE),
    ("kTanhRest", "(tanh(x) - x) / x^3 in x^2, |x| <= 0.25", tanh_rest, 0, 0.0625, FOR_DOUBLE),
    ("kLogRest", "(ln((1 + s) / (1 - s)) / s - 2) / s^2 in s^2, for 1/sqrt(2) to sqrt(2)", log_rest, 0,
     LOG_LIMIT, FOR_DOUBLE),
]


def zero_near(function, x):
    return mp.findroot(function, x)


def around_zero(function, zero):
    """function(zero + d) / d of d."""
    slope = mp.diff(function, zero)
    return lambda d: slope if d == 0 else function(zero + d) / d


BESSEL_ZEROS = [
    ("J0", lambda x: mp.besselj(0, x), (2.4048, 5.5201), 1.6),
    ("J0", lambda x: mp.besselj(0, x), (8.6537,), 1.7),
    ("J1", lambda x: mp.besselj(1, x), (3.8317, 7.0156), 1.6),
    ("Y0", lambda x: mp.bessely(0, x), (0.8936,), 0.3),
    ("Y0", lambda x: mp.bessely(0, x), (3.9577, 7.0861), 1.65),
    ("Y1", lambda x: mp.bessely(1, x), (2.1971,), 0.75),
    ("Y1", lambda x: mp.bessely(1, x), (5.4297, 8.5960), 1.7),
]


def bessel_at_origin(order):
    """J(x) / x^order of z = x^2."""
    return lambda z: (mp.mpf(1) / 2**order if z < mp.mpf(10)**-40
                      else mp.besselj(order, mp.sqrt(z)) / mp.sqrt(z)**order)


def smooth_part(order):
    """What is left of Y after its logarithm and pole have been taken away, by x^order, of z = x^2."""
    def function(z):
        x = mp.sqrt(max(z, mp.mpf(10)**-36))
        with mp.workdps(100):
            pole = 0 if order == 0 else 1 / x
            rest = mp.bessely(order, x) - 2 / mp.pi * (mp.log(x) * mp.besselj(order, x) - pole)
            return rest / x**order
    return function


BESSEL_POLYNOMIALS = [
    ("kJ0Origin", "J0(x) in x^2, x <= 1", bessel_at_origin(0), 0, 1, mp.mpf(2) ** -51),
    ("kJ1Origin", "J1(x) / x in x^2, x <= 2.45", bessel_at_origin(1), 0, 6, mp.mpf(2) ** -51),
    ("kY0Origin", "Y0(x) - 2/pi ln(x) J0(x) in x^2, x <= 2.45", smooth_part(0), 0, 6, mp.mpf(2) ** -50),
    ("kY1Origin", "(Y1(x) - 2/pi (ln(x) J1(x) - 1/x)) / x in x^2, x <= 1.5", smooth_part(1), 0, 2.25,
     mp.mpf(2) ** -48),
    ("kY1Middle", "Y1(3.3 + d) in d, |d| <= 0.6", lambda d: mp.bessely(1, 3.3 + d), -0.6, 0.6,
     mp.mpf(2) ** -51),
]


def write_coefficients(out, coefficients):
    for i in range(0, len(coefficients), 3):
        line = ", ".join(float(coefficient).hex() for coefficient in coefficients[i:i + 3])
        out.write(f"    {line},\n")
    out.write("};\n")


def write_zeros(out):
    """Zeros of the Bessel functions in [0, 8], with the functions around them."""
    for name, function, places, radius in BESSEL_ZEROS:
        for place in places:
            zero = zero_near(function, place)
            high = mp.mpf(float(zero))
            label = f"k{name}Zero{int(place)}"
            coefficients, worst = fit(around_zero(function, zero), -radius, radius, mp.mpf(2) ** -51)
            print(label, len(coefficients), mp.nstr(mp.log(worst, 2), 4))
            out.write(f"\n// {name}(z + d) / d in d, |d| <= {radius}, z the zero {label} + {label}Low\n")
            out.write(f"inline constexpr double {label} = {float(high).hex()};\n")
            out.write(f"inline constexpr double {label}Low = {float(zero - high).hex()};\n")
            out.write(f"inline constexpr double {label}Series[] = {{\n")
            write_coefficients(out, coefficients)


def write_two_over_pi(out):
    out.write("\n// The fraction bits of 2 / pi, 32 to a word\ninline constexpr unsigned kTwoOverPiWords[] = {\n")
    with mp.workdps(120):
        rest = 2 / mp.pi
        for _ in range(8):
            rest *= 2**32
            out.write(f"    {int(mp.floor(rest)):#010x},\n")
            rest -= mp.floor(rest)
    out.write("};\n")


def main():
    with open("../src/polynomials.h", "w", encoding="utf-8") as out:
        out.write("#pragma once\n\n// Made by ../tables/polynomials.py; change that, not this.\n")
        out.write("// Coefficients of x^0, x^1 ...\n// clang-format off\n\n")
        out.write("namespace opensupa::devicelib {\n")
        for name, meaning, function, low, high, tolerance in POLYNOMIALS + BESSEL_POLYNOMIALS:
            coefficients, worst = fit(function, low, high, tolerance)
            print(name, len(coefficients), mp.nstr(mp.log(worst, 2), 4))
            out.write(f"\n// {meaning}; relative error 2^{mp.nstr(mp.log(worst, 2), 4)}\n")
            out.write(f"inline constexpr double {name}[] = {{\n")
            write_coefficients(out, coefficients)
        write_zeros(out)
        write_two_over_pi(out)
        out.write("\n}  // namespace opensupa::devicelib\n")


if __name__ == "__main__":
    main()
