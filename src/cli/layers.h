// The options by which commands look inside a trained network.
#pragma once

#include "cli/arguments.h"
#include "pipeline/layer_samples.h"

namespace aedenoise::cli {

inline constexpr Option kLayerSigmaOption{"Layers", "sigma", 0, "S",
                                          "with --layer of a denoising network: Gaussian noise added to the "
                                          "images, on the 0-255 scale (default 25)"};
inline constexpr Option kPositionsOption{
    "Layers", "positions", 0, "N",
    "with --layer: so many positions of each image, drawn at random (default: all)"};

// The layer --layer of `model`, over the command's inputs.
pipeline::LayerSource layer_source(const Arguments& arguments, const std::string& model);

// Error{usage} when an option of layers was typed without --layer.
void check_layer_options(const Arguments& arguments);

}  // namespace aedenoise::cli
