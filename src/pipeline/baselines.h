// Classical denoising filters of OpenCV and ITK, to compare with.
#pragma once

#include <string>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// nlm, median, bilateral, anisotropic.
std::vector<std::string> baseline_names();

// `sigma`: the noise's standard deviation in the image's units. Error{usage} for an unknown name, Error{io} when the
// run-time module with OpenCV and ITK is missing.
Image run_baseline(const std::string& name, const Image& noisy, double sigma);

// What the run-time module `baselines` provides.
class BaselineFilters {
 public:
  virtual ~BaselineFilters() = default;
  virtual Image run(const std::string& name, const Image& noisy, double sigma) const = 0;
};

}  // namespace aedenoise::pipeline
