#include "overheads.h"

namespace bench {

const std::vector<Overhead>& Overheads() {
  static const std::vector<Overhead> overheads = {
      {"launch", MeasureLaunches},        {"blocks", MeasureBlocks},
      {"copy_small", MeasureSmallCopies}, {"copy_large", MeasureLargeCopies},
      {"first_use", MeasureFirstUse},     {"start", MeasureStart},
      {"scaling", MeasureScaling},
  };
  return overheads;
}

}  // namespace bench
