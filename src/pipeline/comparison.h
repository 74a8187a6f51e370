// What denoising did to a file, in figures: before against after, and either against a clean image.
#pragma once

#include <optional>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// Against the clean image, as quality.h and imaging::ssim() say.
struct Quality {
  double psnr_in = 0.0;
  double psnr_out = 0.0;
  double ssim_in = 0.0;
  double ssim_out = 0.0;
};

// In the file's own units; of several volumes the means.
struct Comparison {
  // Both by imaging::estimate_sigma(), of CT by imaging::estimate_tissue_noise(), so that they can be
  // compared whatever noise was assumed.
  double noise_in = 0.0;
  double noise_out = 0.0;
  // Of what was removed (noisy - denoised), over finite values: its mean, which is 0 when brightness stays,
  // and root mean square.
  double residual_mean = 0.0;
  double residual_rms = 0.0;
  std::optional<Quality> quality;
};

class Comparer {
 public:
  // A volume, or the picture; `clean` for all or none of them, a picture in 8 or 16 bits whatever the noisy
  // one has. Error{data} when it has another shape or values that are not finite.
  void add(const Image& noisy, const Image& denoised, std::optional<Image> clean = {});

  // Of what was added, at least one.
  Comparison result() const;

 private:
  double volumes_ = 0.0;
  Comparison sums_;  // residual_rms: of mean squares
};

}  // namespace aedenoise::pipeline
