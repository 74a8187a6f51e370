// The transform of the learned codec: an analysis network from an image to a code of an eighth of its sides
// (by default), a synthesis network back, nothing past the code, and what coding the code costs.
#pragma once

#include "model/architecture.h"
#include "nn/weights.h"

namespace aedenoise::model {

const Family& codec();

enum class CodecPart : std::uint8_t {
  training,   // image, step, noise -> image, bits
  whole,      // image, step -> image, bits of the quantised code, that
  analysis,   // image -> code
  synthesis,  // code -> image
};

// Images are planes: gray values less the middle of their range, which is 1 wide, or differences of colours.
// "image" N,1,H,W; "step" N,1,1,1: of the code's values, in units of the image; "noise" N,code,h,w: uniform
// within half a step.
// Outputs as above, the bits N,1,h,w. Parameters have the same names in all parts: "analysis.", "bits." and
// "synthesis.".
nn::Graph build_codec(const Architecture& architecture, CodecPart part);

// Shapes of the training graph's inputs for `batch` images of height x width.
std::vector<nn::Shape> codec_shapes(const Architecture& architecture, std::int64_t batch, std::int64_t height,
                                    std::int64_t width);

// Start values for training: random ones changed so that the code is the discrete cosine transform of blocks,
// its lowest frequencies first, and the synthesis its inverse; what is not needed for that stays random. Does
// nothing to networks too narrow for it.
void start_with_cosines(nn::Weights& weights, const Architecture& architecture);

// What `train` takes unless told otherwise.
Architecture default_codec();

// Magnitudes are rounded up from this part of a step on: below half they are not worth their bits.
inline constexpr double kCodecRoundUp = 0.58;

}  // namespace aedenoise::model
