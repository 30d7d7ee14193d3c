#!/usr/bin/env python3
"""Writes ../src/series_tables.h: coefficients of the functions that libclc lacks.

Needs mpmath. The header is committed; run this again only to change a fit. Each Chebyshev table
approximates one function of t in [-1, 1], as the lambda beside it says, to about 2e-17 relative to its largest
value.
"""

import mpmath as mp

mp.mp.dps = 50
TOLERANCE = mp.mpf(2) ** -56
MAX_TERMS = 60


def chebyshev(function, terms=MAX_TERMS):
    """Coefficients of the interpolant at Chebyshev points, cut where they no longer matter."""
    nodes = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / terms) for k in range(terms)]
    values = [function(node) for node in nodes]
    coefficients = []
    for j in range(terms):
        total = mp.mpf(0)
        for k in range(terms):
            total += values[k] * mp.cos(mp.pi * j * (k + mp.mpf(1) / 2) / terms)
        coefficients.append(total * 2 / terms)
    coefficients[0] /= 2
    largest = max(abs(c) for c in coefficients)
    while abs(coefficients[-1]) < largest * TOLERANCE:
        coefficients.pop()
    return coefficients


def large(order, t, which):
    """Amplitudes P and Q of the asymptotic form for x > 8, with t = 2 * (8 / x)^2 - 1."""
    x = 8 / mp.sqrt((t + 1) / 2)
    phase = x - mp.pi * (2 * order + 1) / 4
    scale = mp.sqrt(mp.pi * x / 2)
    j, y = mp.besselj(order, x) * scale, mp.bessely(order, x) * scale
    if which == "p":
        return j * mp.cos(phase) + y * mp.sin(phase)
    return (y * mp.cos(phase) - j * mp.sin(phase)) * x / 8


def modified_large(order, t):
    x = 16 / (t + 1)
    return mp.besseli(order, x) * mp.exp(-x) * mp.sqrt(x)


def scaled_erfc(t):
    """(1 + 2 x) * erfcx(x) for x >= 0, with t = (x - 4) / (x + 4)."""
    x = 4 * (1 + t) / (1 - t)
    if x > 200:
        series = 1 - 1 / (2 * x**2) + 3 / (4 * x**4) - 15 / (8 * x**6) + 105 / (16 * x**8)
        return (1 + 2 * x) * series / (x * mp.sqrt(mp.pi))
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


TABLES = [
    ("kP0", "P of order 0, t = 2 (8/x)^2 - 1, x > 8", lambda t: large(0, t, "p")),
    ("kQ0", "Q x / 8 of order 0, t = 2 (8/x)^2 - 1, x > 8", lambda t: large(0, t, "q")),
    ("kP1", "P of order 1, t = 2 (8/x)^2 - 1, x > 8", lambda t: large(1, t, "p")),
    ("kQ1", "Q x / 8 of order 1, t = 2 (8/x)^2 - 1, x > 8", lambda t: large(1, t, "q")),
    ("kI0Large", "sqrt(x) exp(-x) I0(x), t = 16 / x - 1, x > 8", lambda t: modified_large(0, t)),
    ("kI1Large", "sqrt(x) exp(-x) I1(x), t = 16 / x - 1, x > 8", lambda t: modified_large(1, t)),
    ("kErfcx", "(1 + 2x) erfcx(x), t = (x - 4) / (x + 4), x >= 0", scaled_erfc),
]

# Coefficients of x^2 / 4 in power series whose terms are all positive.
SERIES_TERMS = 30
SERIES = [
    ("kI0Series", "I0(x)", lambda k: 1 / mp.factorial(k) ** 2),
    ("kI1Series", "I1(x) / (x / 2)", lambda k: 1 / (mp.factorial(k) * mp.factorial(k + 1))),
]


def write_table(out, name, meaning, coefficients):
    out.write(f"\n// {meaning}\ninline constexpr double {name}[] = {{\n")
    for coefficient in coefficients:
        out.write(f"    {float(coefficient).hex()},\n")
    out.write("};\n")


def main():
    with open("../src/series_tables.h", "w", encoding="utf-8") as out:
        out.write("#pragma once\n\n")
        out.write("// Made by ../tables/generate.py; change that, not this.\n// clang-format off\n\n")
        out.write("namespace opensupa::devicelib {\n")
        for name, meaning, function in TABLES:
            write_table(out, name, meaning, chebyshev(function))
        for name, meaning, coefficient in SERIES:
            write_table(out, name, meaning, [coefficient(k) for k in range(SERIES_TERMS)])
        out.write("\n}  // namespace opensupa::devicelib\n")


if __name__ == "__main__":
    main()
