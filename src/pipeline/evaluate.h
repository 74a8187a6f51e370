// How well a model denoises: known noise on clean images, denoised, measured against the clean images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "aedenoise/denoiser.h"
#include "io/series.h"

namespace aedenoise::pipeline {

// Protocol: every image is brought to the 0-255 scale of its datatype; float noise of the stated level is
// added with (seed, image index) deciding it, neither clipped nor rounded; PSNR and SSIM are taken at peak
// 255 of the result clipped to 0-255; figures are per image, then averaged over images. Scans: 255 is P, the
// clean volume's 99.5th percentile, nothing is clipped, and PSNR is taken over the voxels above 0.1 P. Noise
// of kind ct is added to, and its level stated in, Hounsfield units. Values that are no numbers (padding) are
// neither given noise nor compared.
struct EvaluateOptions {
  std::vector<double> sigmas{25.0};  // on the 0-255 scale, or in HU
  std::string noise = "gaussian";    // a name of imaging::noise_models()
  std::uint64_t seed = 0;
  bool blind = false;  // the level is estimated instead of told
  std::vector<std::string> baselines;
  DenoiseOptions denoise;  // sigma and noise are set from the above
  io::Limits limits;
};

struct FileScore {
  std::filesystem::path file;  // of a series the first slice
  std::size_t files = 1;
  double noisy_psnr = 0.0;
  double noisy_ssim = 0.0;
  double psnr = 0.0;
  double ssim = 0.0;
  double seconds = 0.0;  // of denoising alone; reading, adding noise and measuring excluded
  double megapixels = 0.0;
  double sigma = 0.0;  // what the denoiser was told or estimated
};

// One method at one noise level: means over images.
struct MethodScore {
  std::string method;  // the model's name, or a baseline's
  double sigma = 0.0;
  double noisy_psnr = 0.0;
  double noisy_ssim = 0.0;
  double psnr = 0.0;
  double ssim = 0.0;
  double seconds = 0.0;
  double megapixels_per_second = 0.0;
  double sigma_used = 0.0;
  std::vector<FileScore> files;
};

struct LevelScore {
  MethodScore model;
  std::vector<MethodScore> baselines;
  std::vector<std::string> notes;
};

// Called after each image and method (the model or a baseline) with what was denoised, on the 0-255 scale and
// not clipped.
using EvaluateCallback = std::function<void(const FileScore& score, bool is_model, double level,
                                            const Image& noisy, const Image& denoised)>;

// Error{usage} for unknown names or levels out of range.
void check(const EvaluateOptions& options);

// As check(), before any work. Errors about a file begin with its path.
std::vector<LevelScore> evaluate(const std::vector<io::FileGroup>& files, const EvaluateOptions& options,
                                 const EvaluateCallback& callback);

}  // namespace aedenoise::pipeline
