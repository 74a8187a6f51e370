// What the run-time module `baselines` offers: filters of libraries that take long to load.
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// Inputs are valid, as baselines.h demands; `image` is one slice, 1 or 3 channels, filtered in place.
class BaselineFilters {
 public:
  virtual ~BaselineFilters() = default;
  virtual void set_threads(int count) const = 0;
  virtual void nlm(Image& image, double sigma) const = 0;
  virtual void median(Image& image, double relative_sigma) const = 0;
  virtual void bilateral(Image& image, double sigma, double relative_sigma) const = 0;
  virtual void anisotropic(Image& image, double relative_sigma) const = 0;
};

}  // namespace aedenoise::pipeline
