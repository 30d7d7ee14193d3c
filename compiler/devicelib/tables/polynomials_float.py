#!/usr/bin/env python3
"""Writes ../src/polynomials_float.h: polynomials for functions worked out in single precision.

Needs mpmath. The header is committed; run this again only to change a fit. Each polynomial is the
one of its degree whose largest error, times a weight, is smallest (Remez' exchange), rounded to
float. The weight says what an error costs in the function's result, relative to that.
"""

import mpmath as mp

mp.mp.dps = 40
ROUNDS = 10
POINTS_PER_EXTREME = 60
NARROWINGS = 30


def solve(function, weight, points):
    """The polynomial whose weighted errors at the points are alike, with signs in turn."""
    terms = len(points) - 1
    matrix, right = mp.matrix(terms + 1, terms + 1), mp.matrix(terms + 1, 1)
    for i, x in enumerate(points):
        for j in range(terms):
            matrix[i, j] = x**j
        matrix[i, terms] = (-1)**i / weight(x)
        right[i] = function(x)
    return list(mp.lu_solve(matrix, right))[:terms]


def extremes(error, low, high, wanted):
    """Where the error is largest between its changes of sign."""
    count = POINTS_PER_EXTREME * wanted
    step = (high - low) / count
    runs = []
    for i in range(count + 1):
        x = low + step * i
        value = error(x)
        if not runs or (value > 0) != (runs[-1][1] > 0):
            runs.append((x, value))
        elif abs(value) > abs(runs[-1][1]):
            runs[-1] = (x, value)
    while len(runs) > wanted:
        runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
    points = []
    for x, _ in runs:
        left, right = max(low, x - step), min(high, x + step)
        for _ in range(NARROWINGS):
            a, b = left + (right - left) / 3, right - (right - left) / 3
            if abs(error(a)) < abs(error(b)):
                left = a
            else:
                right = b
        points.append((left + right) / 2)
    return points


def fit(function, weight, low, high, terms):
    low, high = mp.mpf(low), mp.mpf(high)
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / terms) for i in range(terms + 1)]
    for _ in range(ROUNDS):
        coefficients = solve(function, weight, points)
        error = lambda x: weight(x) * (mp.polyval(coefficients[::-1], x) - function(x))
        found = extremes(error, low, high, terms + 1)
        if len(found) <= terms:
            break
        points = found
    return coefficients, max(abs(error(x)) for x in points)


def rsqrt_rest(e):
    """(1 / sqrt(1 - e) - 1) / e."""
    return mp.mpf(1) / 2 + 3 * e / 8 if abs(e) < mp.mpf(10)**-15 else (1 / mp.sqrt(1 - e) - 1) / e


def exp_rest(r):
    """(exp(r) - 1 - r) / r^2."""
    return mp.mpf(1) / 2 + r / 6 if abs(r) < mp.mpf(10)**-12 else (mp.expm1(r) - r) / r**2


def log_rest(f):
    """(log1p(f) - f) / f^2."""
    return -mp.mpf(1) / 2 + f / 3 if abs(f) < mp.mpf(10)**-12 else (mp.log1p(f) - f) / f**2


def erf_rest(z):
    """erf(x) / x - 1 of z = x^2."""
    x = mp.sqrt(z)
    return 2 / mp.sqrt(mp.pi) * (1 - z / 3) - 1 if z < mp.mpf(10)**-15 else mp.erf(x) / x - 1


def exp2_of(r):
    return mp.mpf(2)**r


HALF_LOG_2 = mp.log(2) / 2 + mp.mpf(2)**-12
THIRD = mp.mpf(1) / 3 + mp.mpf(2)**-20
ERF_NEAR, ERF_FAR = mp.mpf("1"), mp.mpf("3.95")

POLYNOMIALS = [
    ("kRsqrtFloat", "(1 / sqrt(1 - e) - 1) / e, |e| <= 0.07",
     rsqrt_rest, lambda e: abs(e) + mp.mpf(10)**-3, "-0.0699", "0.0692", 4),
    ("kExpFloat", "(exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2",
     exp_rest, lambda r: (r**2 + mp.mpf(10)**-4) / mp.exp(r), -HALF_LOG_2, HALF_LOG_2, 5),
    ("kLogFloat", "(log(1 + f) - f) / f^2, |f| <= 1 / 3",
     log_rest, lambda f: abs(f) + mp.mpf(10)**-3, -THIRD, THIRD, 9),
    ("kErfNearFloat", "erf(x) / x - 1 in x^2, |x| <= 1",
     erf_rest, lambda z: mp.mpf(1), 0, ERF_NEAR**2, 7),
    ("kErfFarFloat", "log2(erfc(x)), 1 <= x <= 3.95",
     lambda x: mp.log(mp.erfc(x), 2), lambda x: mp.log(2) * mp.erfc(x), ERF_NEAR, ERF_FAR, 7),
    ("kExp2Float", "2^r, |r| <= 0.5, for where little depends on it",
     exp2_of, lambda r: 1 / exp2_of(r), mp.mpf(-1) / 2, mp.mpf(1) / 2, 6),
]


def literal(value):
    """The nearest float, as C++ writes it."""
    with mp.workprec(24):
        return f"{float(+value).hex().replace('0000000p', 'p')}f"


def main():
    with open("../src/polynomials_float.h", "w", encoding="utf-8") as out:
        out.write("#pragma once\n\n// Made by ../tables/polynomials_float.py; change that, not this.\n")
        out.write("// Coefficients of x^0, x^1 ...\n// clang-format off\n\n")
        out.write("namespace opensupa::devicelib {\n")
        for name, meaning, function, weight, low, high, terms in POLYNOMIALS:
            coefficients, worst = fit(function, weight, low, high, terms)
            print(name, mp.nstr(mp.log(worst, 2), 4))
            out.write(f"\n// {meaning}; error 2^{mp.nstr(mp.log(worst, 2), 4)}\n")
            out.write(f"inline constexpr float {name}[] = {{\n")
            for i in range(0, terms, 4):
                out.write("    " + ", ".join(literal(c) for c in coefficients[i:i + 4]) + ",\n")
            out.write("};\n")
        out.write("\n}  // namespace opensupa::devicelib\n")


if __name__ == "__main__":
    main()
