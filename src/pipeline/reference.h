// What normal samples look like to an autoencoder: known to a model file from its training, or measured anew.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/weights.h"
#include "pipeline/coder.h"

namespace aedenoise::pipeline {

struct Reference {
  std::vector<float> codes;           // of normal samples, one after another
  std::vector<float> held_out_codes;  // of others, which say what is usual; empty: the same samples
  std::vector<float> log_errors;      // of those others; empty: errors do not count
  std::int64_t nearest = 5;           // codes to which a distance is the mean

  bool empty() const { return codes.empty(); }
};

// Error of the reconstruction: per value its square, for images per pixel as error_map() says.
struct ErrorMaps {
  std::vector<float> values;  // samples x positions
  std::int64_t positions = 0;
};
ErrorMaps error_maps(Coder& coder, const Samples& samples);

// The mean of each sample's map, what 1 in the network's units is in theirs, and natural logarithms, at least
// that of 1e-12 units.
std::vector<double> mean_errors(Coder& coder, const Samples& samples);
double error_unit(const Coder& coder);
std::vector<float> logarithms(const std::vector<double>& values, double unit = 1.0);

// Of these samples, each of which is later left out of its own neighbours.
Reference reference_of(Coder& coder, const Samples& normal);

// For a model file: of at most 2048 of the training samples and of those held out, chosen evenly, and fewer
// where codes are long. Empty when there are too few to say anything.
std::map<std::string, nn::Tensor> reference_tensors(Coder& coder, const Samples& training,
                                                    const Samples& held_out);

// What a model file knows; empty for one without. Error{data} for tensors that do not belong together.
Reference reference_from(const model::ModelFile& file);

}  // namespace aedenoise::pipeline
