// The same without a device.

#include <memory>

#include "peak.h"

int main() {
  const auto value = std::make_unique<volatile int>(21);
  *value = *value * 2;
  PrintPeakKib();
  return *value == 42 ? 0 : 1;
}
