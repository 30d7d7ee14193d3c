#pragma once

#include "pairs.h"

namespace opensupa::devicelib {

/// sin(pi x) and cos(pi x); zeros have the sign of the argument and plus, as IEEE 754 says.
double SinpiDouble(double x);
double CospiDouble(double x);

}  // namespace opensupa::devicelib
