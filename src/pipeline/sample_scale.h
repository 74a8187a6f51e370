// The one shift and factor that samples are brought to a network's units with.
#pragma once

#include "model/coding.h"
#include "pipeline/samples.h"

namespace aedenoise::pipeline {

// network value = (sample value - shift) * scale.
struct SampleScale {
  double shift = 0.0;
  double scale = 1.0;  // > 0
};

// Whether a network of this kind should give values of 0 to 1 only, as `samples` do: all within, and some in
// the upper half, as a sigmoid learns the lowest values slowly.
bool suits_bounded(const Samples& samples, const model::CodingFamily& family);

// The scale a network of this architecture works in: a mean of 0 and a standard deviation of 1, but for
// values within 0..1 of other than sparse kinds, which stay. Error{data} for bce and bounded networks unless
// values lie within 0..1.
SampleScale scale_for(const Samples& samples, const model::Architecture& architecture);

// Whether all values lie within 0..1; and Error{data} unless they do.
bool are_probabilities(const Samples& samples);
void require_probabilities(const Samples& samples);

}  // namespace aedenoise::pipeline
