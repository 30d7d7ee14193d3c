// A small convolutional network whose parameters, activations and gradients live on the device.
//
//   8x8 image -> 16 filters of 3x3, ReLU, 2x2 maximum -> 256 features -> 64 hidden, ReLU -> 10
//   scores
#pragma once

#include <cstdint>
#include <vector>

#include "../common/device_buffer.h"
#include "dataset.h"

namespace digits {

constexpr int kFilters = 16;
constexpr int kFilterTaps = 9;
constexpr int kFilterBias = kFilterTaps;  ///< The bias stands behind the 3x3 weights.
constexpr int kFilterSize = kFilterTaps + 1;
constexpr int kPooledSide = kImageSide / 2;
constexpr int kPooled = kPooledSide * kPooledSide;
constexpr int kFeatures = kFilters * kPooled;
constexpr int kHidden = 64;

/// A dataset in device memory.
struct DeviceDataset {
  explicit DeviceDataset(const Dataset& dataset)
      : pixels(dataset.pixels), labels(dataset.labels), size(dataset.size()) {}

  sample::DeviceBuffer<std::uint8_t> pixels;
  sample::DeviceBuffer<std::uint8_t> labels;
  int size;
};

class Network {
 public:
  /// Starts with random weights drawn from `seed`. Batches have at most `max_batch` images.
  Network(std::uint64_t seed, int max_batch);

  /// One step of training on the images order[0 .. count) of `data`; `order` is a device pointer.
  /// It enqueues the work and does not wait.
  void Train(const DeviceDataset& data, const int* order, int count, float learning_rate);

  struct Evaluation {
    double mean_loss;
    std::vector<int> predictions;
  };
  /// What the network says about each image of `data`. It changes no parameter.
  Evaluation Evaluate(const DeviceDataset& data);

  /// Waits, and returns the sum of the losses of all images seen since the last call.
  double TakeLossSum();

 private:
  /// From images to loss and score gradients.
  void Forward(const DeviceDataset& data, const int* order, int count, unsigned shift_seed);
  /// From score gradients to the gradients of all parameters.
  void Backward(int count);
  void Update(float learning_rate);

  float* Filters(const sample::DeviceBuffer<float>& buffer) const;
  float* Hidden(const sample::DeviceBuffer<float>& buffer) const;
  float* Output(const sample::DeviceBuffer<float>& buffer) const;

  int max_batch_;
  int steps_ = 0;

  // Parameters, their gradients and Adam's two means, laid out alike: filters, hidden, output.
  sample::DeviceBuffer<float> parameters_;
  sample::DeviceBuffer<float> gradients_;
  sample::DeviceBuffer<float> first_means_;
  sample::DeviceBuffer<float> second_means_;

  // One row for each image of the batch.
  sample::DeviceBuffer<float> pixels_;
  sample::DeviceBuffer<int> labels_;
  sample::DeviceBuffer<float> features_, feature_gradients_;
  sample::DeviceBuffer<std::uint8_t> sources_;
  sample::DeviceBuffer<float> hidden_, hidden_gradients_;
  sample::DeviceBuffer<float> scores_, score_gradients_;
  sample::DeviceBuffer<int> predictions_;
  sample::DeviceBuffer<float> block_losses_;
};

}  // namespace digits
