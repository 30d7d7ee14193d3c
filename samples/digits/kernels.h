// The kernels of the network. Matrices are row by row; `count` is the number of images in the
// batch, which need not be a multiple of anything.
#pragma once

#include <cstdint>

#include "network.h"

namespace digits {

// ---------------------------------------------------------------------------------------------
// Images

/// Mixes the bits of `value` (the finalizer of MurmurHash3), for random numbers without a state.
__device__ inline unsigned Hash(unsigned value) {
  value ^= value >> 16;
  value *= 0x85ebca6bu;
  value ^= value >> 13;
  value *= 0xc2b2ae35u;
  return value ^ (value >> 16);
}

/// Copies the images order[0], order[1], ... into the batch, as numbers from 0 to 1. With
/// `shift_seed` other than 0, four in nine images, chosen by hash, are moved by one pixel up, down,
/// left or right, so that the network never sees quite the same image twice.
/// One block of kPixels threads for each image.
__global__ void GatherBatch(const uint8_t* pixels, const uint8_t* labels, const int* order,
                            unsigned shift_seed, float* batch_pixels, int* batch_labels) {
  const int source = order[blockIdx.x];
  int x = threadIdx.x % kImageSide;
  int y = threadIdx.x / kImageSide;
  if (shift_seed != 0) {
    switch (Hash(shift_seed + blockIdx.x) % 9) {
      case 0:
        --x;
        break;
      case 1:
        ++x;
        break;
      case 2:
        --y;
        break;
      case 3:
        ++y;
        break;
      default:
        break;
    }
  }
  const bool inside = x >= 0 && x < kImageSide && y >= 0 && y < kImageSide;
  const int value = inside ? pixels[source * kPixels + y * kImageSide + x] : 0;
  batch_pixels[blockIdx.x * kPixels + threadIdx.x] = static_cast<float>(value) / kInkLevels;
  if (threadIdx.x == 0) batch_labels[blockIdx.x] = labels[source];
}

// ---------------------------------------------------------------------------------------------
// Convolution: kFilters filters of 3x3, ReLU, and the maximum of each 2x2 square

constexpr int kPaddedSide = kImageSide + 2;
constexpr uint8_t kNoSource = 255;

/// The image with a border of zeros, in shared memory. All threads of the block take part; a
/// barrier must follow before the tile is read.
__device__ inline void StagePadded(const float* image, float* padded) {
  for (int i = threadIdx.x; i < kPaddedSide * kPaddedSide; i += blockDim.x) {
    const int x = i % kPaddedSide - 1;
    const int y = i / kPaddedSide - 1;
    const bool inside = x >= 0 && x < kImageSide && y >= 0 && y < kImageSide;
    padded[i] = inside ? image[y * kImageSide + x] : 0.0f;
  }
}

/// One block of kFeatures threads for each image; each thread makes one feature. `sources` records
/// which pixel was the maximum, or kNoSource when ReLU cut the feature to zero.
__global__ void ConvolutionForward(const float* images, const float* filters, float* features,
                                   uint8_t* sources) {
  __shared__ float padded[kPaddedSide * kPaddedSide];
  __shared__ float weights[kFilters * kFilterSize];
  StagePadded(images + blockIdx.x * kPixels, padded);
  for (int i = threadIdx.x; i < kFilters * kFilterSize; i += blockDim.x) weights[i] = filters[i];
  __syncthreads();

  const int filter = threadIdx.x / kPooled;
  const int square = threadIdx.x % kPooled;
  const float* weight = &weights[filter * kFilterSize];
  float best = 0;
  uint8_t best_source = kNoSource;
  for (int corner = 0; corner < 4; ++corner) {
    const int x = square % kPooledSide * 2 + corner % 2;
    const int y = square / kPooledSide * 2 + corner / 2;
    float sum = weight[kFilterBias];
    for (int tap = 0; tap < kFilterTaps; ++tap) {
      sum += weight[tap] * padded[(y + tap / 3) * kPaddedSide + x + tap % 3];
    }
    if (sum > best) {
      best = sum;
      best_source = static_cast<uint8_t>(y * kImageSide + x);
    }
  }
  const int feature = blockIdx.x * kFeatures + threadIdx.x;
  features[feature] = best;
  sources[feature] = best_source;
}

constexpr int kConvolutionBlock = 128;

/// The gradient of one filter for each block of kConvolutionBlock threads. The threads share out
/// the features of all images, then add up their parts in a tree, always in the same order.
__global__ void ConvolutionBackward(const float* images, const float* feature_gradients,
                                    const uint8_t* sources, int count, float* filter_gradients) {
  __shared__ float partial[kFilterSize][kConvolutionBlock];
  const int filter = blockIdx.x;
  float sums[kFilterSize] = {};
  for (int i = threadIdx.x; i < count * kPooled; i += kConvolutionBlock) {
    const int image = i / kPooled;
    const int feature = image * kFeatures + filter * kPooled + i % kPooled;
    if (sources[feature] == kNoSource) continue;
    const int x = sources[feature] % kImageSide - 1;
    const int y = sources[feature] / kImageSide - 1;
    const float gradient = feature_gradients[feature];
    for (int tap = 0; tap < kFilterTaps; ++tap) {
      const int tap_x = x + tap % 3;
      const int tap_y = y + tap / 3;
      if (tap_x < 0 || tap_x >= kImageSide || tap_y < 0 || tap_y >= kImageSide) continue;
      sums[tap] += gradient * images[image * kPixels + tap_y * kImageSide + tap_x];
    }
    sums[kFilterBias] += gradient;
  }

  for (int i = 0; i < kFilterSize; ++i) partial[i][threadIdx.x] = sums[i];
  __syncthreads();
  for (unsigned half = kConvolutionBlock / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      for (int i = 0; i < kFilterSize; ++i) {
        partial[i][threadIdx.x] += partial[i][threadIdx.x + half];
      }
    }
    __syncthreads();
  }
  if (threadIdx.x < kFilterSize) {
    filter_gradients[filter * kFilterSize + threadIdx.x] = partial[threadIdx.x][0];
  }
}

// ---------------------------------------------------------------------------------------------
// Dense layers: output(count x cols) = input(count x inner) * weights(inner x cols) + bias. The
// bias is the last row of the weights, as if each input had one more element, a constant 1.

constexpr int kTile = 16;   ///< The block makes a tile of kTile x kTile results.
constexpr int kDepth = 64;  ///< Elements along the sum that are staged at a time.

/// Element (row, col) of the product A * B, where this thread's row and col follow from its place
/// in the grid. load_a(row, k) and load_b(k, col) give the elements, and zero outside the matrices.
/// All threads of the block must call it, also those outside the result.
template <typename LoadA, typename LoadB>
__device__ float ProductElement(int depth, LoadA load_a, LoadB load_b) {
  __shared__ float a_tile[kTile][kDepth];
  __shared__ float b_tile[kDepth][kTile];
  const int first_row = blockIdx.y * kTile;
  const int first_col = blockIdx.x * kTile;
  const int thread = threadIdx.y * kTile + threadIdx.x;
  float sum = 0;
  for (int start = 0; start < depth; start += kDepth) {
    for (int i = thread; i < kTile * kDepth; i += kTile * kTile) {
      a_tile[i / kDepth][i % kDepth] = load_a(first_row + i / kDepth, start + i % kDepth);
      b_tile[i / kTile][i % kTile] = load_b(start + i / kTile, first_col + i % kTile);
    }
    __syncthreads();
    for (int k = 0; k < kDepth; ++k) sum += a_tile[threadIdx.y][k] * b_tile[k][threadIdx.x];
    __syncthreads();
  }
  return sum;
}

/// Results: count x cols. With `relu`, negative ones become zero.
__global__ void DenseForward(const float* input, const float* weights, float* output, int count,
                             int inner, int cols, bool relu) {
  const float sum = ProductElement(
      inner,
      [=](int row, int k) { return row < count && k < inner ? input[row * inner + k] : 0.0f; },
      [=](int k, int col) { return k < inner && col < cols ? weights[k * cols + col] : 0.0f; });
  const int row = blockIdx.y * kTile + threadIdx.y;
  const int col = blockIdx.x * kTile + threadIdx.x;
  if (row >= count || col >= cols) return;
  const float value = sum + weights[inner * cols + col];
  output[row * cols + col] = relu && value < 0 ? 0.0f : value;
}

/// Results: (inner + 1) x cols, the transposed input times the gradients of the output.
__global__ void DenseBackwardWeights(const float* input, const float* output_gradients,
                                     float* weight_gradients, int count, int inner, int cols) {
  const float sum = ProductElement(
      count,
      [=](int row, int image) {
        if (image >= count || row > inner) return 0.0f;
        return row == inner ? 1.0f : input[image * inner + row];
      },
      [=](int image, int col) {
        return image < count && col < cols ? output_gradients[image * cols + col] : 0.0f;
      });
  const int row = blockIdx.y * kTile + threadIdx.y;
  const int col = blockIdx.x * kTile + threadIdx.x;
  if (row <= inner && col < cols) weight_gradients[row * cols + col] = sum;
}

/// Results: count x inner, the gradients of the output times the transposed weights. The input came
/// out of a ReLU, which lets no gradient through where it gave zero.
__global__ void DenseBackwardInput(const float* input, const float* weights,
                                   const float* output_gradients, float* input_gradients, int count,
                                   int inner, int cols) {
  const float sum = ProductElement(
      cols,
      [=](int row, int k) {
        return row < count && k < cols ? output_gradients[row * cols + k] : 0.0f;
      },
      [=](int k, int col) { return k < cols && col < inner ? weights[col * cols + k] : 0.0f; });
  const int row = blockIdx.y * kTile + threadIdx.y;
  const int col = blockIdx.x * kTile + threadIdx.x;
  if (row >= count || col >= inner) return;
  const int element = row * inner + col;
  input_gradients[element] = input[element] > 0 ? sum : 0.0f;
}

// ---------------------------------------------------------------------------------------------
// Loss and update

constexpr int kLossBlock = 64;

/// One thread for each image: softmax of its kClasses scores, the cross-entropy loss, its gradient
/// (that of the mean over the batch), and the class with the highest score. Each block adds the sum
/// of its losses to block_losses[blockIdx.x].
__global__ void SoftmaxCrossEntropy(const float* scores, const int* labels, int count,
                                    float* score_gradients, int* predictions, float* block_losses) {
  __shared__ float losses[kLossBlock];
  const int image = blockIdx.x * kLossBlock + threadIdx.x;
  losses[threadIdx.x] = 0;
  if (image < count) {
    const float* score = scores + image * kClasses;
    int best = 0;
    for (int i = 1; i < kClasses; ++i) {
      if (score[i] > score[best]) best = i;
    }
    float sum = 0;  // Relative to the highest score, no exponential can overflow.
    for (int i = 0; i < kClasses; ++i) sum += expf(score[i] - score[best]);
    for (int i = 0; i < kClasses; ++i) {
      const float probability = expf(score[i] - score[best]) / sum;
      const float target = i == labels[image] ? 1.0f : 0.0f;
      score_gradients[image * kClasses + i] = (probability - target) / count;
    }
    losses[threadIdx.x] = logf(sum) - (score[labels[image]] - score[best]);
    predictions[image] = best;
  }
  __syncthreads();
  for (unsigned half = kLossBlock / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) losses[threadIdx.x] += losses[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) block_losses[blockIdx.x] += losses[0];
}

/// Adam with decoupled weight decay. `first` and `second` are the running means of the gradient and
/// of its square; the two corrections undo their start at zero.
__global__ void AdamUpdate(float* parameters, const float* gradients, float* first, float* second,
                           int size, float learning_rate, float first_correction,
                           float second_correction) {
  constexpr float kFirstDecay = 0.9f;
  constexpr float kSecondDecay = 0.999f;
  constexpr float kWeightDecay = 0.01f;
  constexpr float kEpsilon = 1e-8f;
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= size) return;
  const float gradient = gradients[i];
  first[i] = kFirstDecay * first[i] + (1 - kFirstDecay) * gradient;
  second[i] = kSecondDecay * second[i] + (1 - kSecondDecay) * gradient * gradient;
  const float direction =
      first[i] / first_correction / (sqrtf(second[i] / second_correction) + kEpsilon);
  parameters[i] -= learning_rate * (direction + kWeightDecay * parameters[i]);
}

}  // namespace digits
