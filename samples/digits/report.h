// What the program shows: progress, curves, tables and pictures.
#pragma once

#include <string>
#include <vector>

#include "dataset.h"

namespace digits {

/// The state after one pass over the training images.
struct Epoch {
  double training_loss;
  double held_out_loss;
  double held_out_accuracy;  ///< Percent.
};

/// A bar that moves in place on a terminal, and one line for each epoch elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(int total_steps);

  void Advance(int step) const;
  void EndEpoch(int step, int epoch, int epochs, const Epoch& result) const;

 private:
  std::string Bar(int step) const;

  int total_steps_;
  bool on_terminal_;
};

/// Share of correct predictions, in percent.
double AccuracyPercent(const Dataset& data, const std::vector<int>& predictions);

void PrintLossCurve(const std::vector<Epoch>& epochs);
void PrintConfusionTable(const Dataset& data, const std::vector<int>& predictions);

/// Both losses over the epochs, on a logarithmic scale. Returns false when `path` is not writable.
bool WriteLossCurve(const std::vector<Epoch>& epochs, const std::string& path);

/// Every misread image; below it the right digit in green and the predicted one in red. Returns
/// false when `path` is not writable.
bool WriteMisread(const Dataset& data, const std::vector<int>& predictions,
                  const std::string& path);

}  // namespace digits
