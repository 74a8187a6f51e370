// What a model is: its size, work and reach, for people and programs to read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "nn/program.h"

namespace aedenoise::pipeline {

struct LayerSummary {
  std::string name;
  std::string type;
  std::string detail;  // "3x3, 48 -> 48"
  nn::Shape dst;       // for the summary's example image
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;  // per pixel of the image; for a network that codes samples: per sample
};

// Of a network that codes samples the receptive field, the example's side and the size multiple are 0.
struct ModelSummary {
  std::int64_t parameters = 0;
  double macs_per_pixel = 0.0;       // as above
  std::int64_t receptive_field = 0;  // pixels along one axis that one output pixel depends on, at most
  std::int64_t example_size = 0;     // side of the square image the figures below are for
  std::int64_t input_values = 0;
  std::int64_t code_values = 0;
  double dimensionality_ratio = 0.0;  // input values : code values
  std::int64_t size_multiple = 0;
  std::vector<LayerSummary> layers;
};

ModelSummary summarise(const model::ModelFile& file);

// The compiled network for one image of about `height` x `width` (rounded up to what the network takes).
nn::InferenceProgram compile_example(const model::ModelFile& file, std::int64_t height, std::int64_t width,
                                     nn::Precision precision);

}  // namespace aedenoise::pipeline
