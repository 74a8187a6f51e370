// The hyperparameters of an autoencoder and the families that turn them into a network.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph.h"

namespace aedenoise::model {

// What the kinds that code samples of one size have besides; see model/coding.h.
struct Coding {
  std::vector<std::int64_t> sample;  // sizes of one sample: values, or channels, height, width
  bool convolutional = false;
  std::vector<std::int64_t>
      nodes;  // nodes or channels of the hidden layers before the code; mirrored after it
  std::string activation = "relu";  // of the hidden layers
  bool tied = false;                // the decoder uses the encoder's weights, transposed
  bool overcomplete = false;        // the code may be larger than the sample
  bool bounded = false;             // samples lie in 0 to 1, the reconstruction passes a sigmoid
  std::string loss = "mse";         // what the reconstruction is trained for; bce: it is the logits
  std::string sparsity = "l1";      // sparse: l1, kl or topk
  std::int64_t active = 0;          // topk: features kept per sample
  double bandwidth = 0.0;           // jumprelu: of the thresholds' gradient
};

// Everything needed to state a network again. Kept as JSON in a model file's metadata under "architecture".
struct Architecture {
  std::string kind = "denoising";
  std::int64_t channels = 1;                 // of the image
  std::vector<std::int64_t> widths{32, 64};  // channels per level, finest first; the last is the bottleneck's
  std::vector<std::int64_t> blocks{4, 5};    // residual blocks per level, in encoder and decoder alike
  std::int64_t code = 0;                     // channels of the code; 0: the last width
  std::int64_t shuffle = 2;                  // pixel unshuffle before the first convolution
  std::int64_t slices = 1;      // of a volume that are seen to denoise the one in the middle; odd
  double slope = 0.1;           // below zero, of the rectifiers between a denoiser's convolutions; 0 to 1
  bool shift_invariant = true;  // a denoiser's first convolution does not see a constant; see denoising.h
  Coding coding{};              // of all kinds but denoising, which use `code` besides
};

// Error{usage} with the reason when the values contradict each other or are out of range.
void validate(const Architecture& architecture);

std::string to_json(const Architecture& architecture);
Architecture architecture_from_json(const std::string& json);  // Error{data} when malformed

class CodingFamily;

// One kind of autoencoder.
class Family {
 public:
  virtual ~Family() = default;
  virtual const char* name() const = 0;
  // The network. Inputs and outputs are named in the family's own header comment.
  virtual nn::Graph build(const Architecture& architecture) const = 0;
  // What can be set for training this kind and not for every one: names of the command line's options,
  // separated by spaces.
  virtual std::string settings() const = 0;
  bool knows(std::string_view setting) const;
  // The same as what it is when it codes samples of one size, else nullptr.
  virtual const CodingFamily* coding() const { return nullptr; }
};

std::span<const Family* const> families();
const Family& family(std::string_view name);  // Error{usage} that names the nearest

nn::Graph build(const Architecture& architecture);

// Whether this is the transform of the learned codec; see model/codec.h.
bool is_codec(const Architecture& architecture);

// Runs that an image takes: a codec's network one for each channel, all others one.
std::int64_t runs_per_image(const Architecture& architecture);

// Image sizes a denoising network takes are multiples of this.
std::int64_t size_multiple(const Architecture& architecture);

// Shapes of the inputs of `build(architecture)` for `batch` images of height x width: the noisy image
// N,channels,H,W, the noise-level map N,1,H,W (standard deviation per pixel, in the units of the image) and,
// for more than one slice, the slices before and after the image N,slices-1,H,W. A coding network takes
// samples of its own size whatever the height and width, a codec what codec_shapes() says.
std::vector<nn::Shape> input_shapes(const Architecture& architecture, std::int64_t batch, std::int64_t height,
                                    std::int64_t width);

// Values in the image and in the code (bottleneck) for one image of height x width.
struct Bottleneck {
  std::int64_t input_values = 0;
  std::int64_t code_values = 0;
};
Bottleneck bottleneck(const Architecture& architecture, std::int64_t height, std::int64_t width);

}  // namespace aedenoise::model
