// The hyperparameters of an autoencoder and the families that turn them into a network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph.h"

namespace aedenoise::model {

// Everything needed to state a network again. Kept as JSON in a model file's metadata under "architecture".
struct Architecture {
  std::string kind = "denoising";
  std::int64_t channels = 1;  // of the image
  std::vector<std::int64_t> widths{48, 96,
                                   160};  // channels per level, finest first; the last is the bottleneck's
  std::vector<std::int64_t> blocks{1, 1, 2};  // residual blocks per level, in encoder and decoder alike
  std::int64_t code = 0;                      // channels of the code; 0: the last width
  std::int64_t shuffle = 2;                   // pixel unshuffle before the first convolution
};

// Error{usage} with the reason when the values contradict each other or are out of range.
void validate(const Architecture& architecture);

std::string to_json(const Architecture& architecture);
Architecture architecture_from_json(const std::string& json);  // Error{data} when malformed

// One kind of autoencoder.
class Family {
 public:
  virtual ~Family() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // The network. Inputs and outputs are named in the family's own header comment.
  virtual nn::Graph build(const Architecture& architecture) const = 0;
};

std::span<const Family* const> families();
const Family& family(std::string_view name);  // Error{usage} that names the nearest

nn::Graph build(const Architecture& architecture);

// Image sizes a network takes are multiples of this.
std::int64_t size_multiple(const Architecture& architecture);

// Shapes of the inputs of `build(architecture)` for `batch` images of height x width: the noisy image
// N,channels,H,W and the noise-level map N,1,H,W (standard deviation per pixel, in the units of the image).
std::vector<nn::Shape> input_shapes(const Architecture& architecture, std::int64_t batch, std::int64_t height,
                                    std::int64_t width);

// Values in the image and in the code (bottleneck) for one image of height x width.
struct Bottleneck {
  std::int64_t input_values = 0;
  std::int64_t code_values = 0;
};
Bottleneck bottleneck(const Architecture& architecture, std::int64_t height, std::int64_t width);

}  // namespace aedenoise::model
