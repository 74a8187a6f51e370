// Denoising an image in memory: the whole library behind one class.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "aedenoise/export.h"
#include "aedenoise/image.h"

namespace aedenoise {

// What the noise is assumed to be. `automatic` is Gaussian noise of one level everywhere, unless no level is
// given and the image's own noise is found to grow with the signal: then poisson_gaussian with the gain,
// pedestal and read noise measured; of scans also rician or ct, by modality and values. `ct` is noise that a
// reconstruction filter has left correlated between pixels.
enum class NoiseKind : std::uint8_t { automatic, gaussian, poisson, poisson_gaussian, rician, ct };

// `automatic` is bf16 where the CPU computes faster with it (Intel's with AMX, AMD's with AVX-512 BF16), else
// f32.
enum class Precision : std::uint8_t { automatic, f32, bf16 };
inline const char* name_of(Precision precision) {
  return precision == Precision::f32 ? "f32" : precision == Precision::bf16 ? "bf16" : "auto";
}

struct DenoiseOptions {
  // A file, or the name of an embedded model; empty: "gray" or "color", whichever fits the image, "mr" for
  // volumes with Rician noise, or "ct" for CT.
  std::string model;
  NoiseKind noise = NoiseKind::automatic;
  // In the image's own units; estimated when absent. gaussian, rician, ct (in tissue): standard deviation;
  // poisson: standard deviation at full scale (the datatype's highest value; for float images the 99.9th
  // percentile); poisson_gaussian: the same, plus a read noise of a quarter of it; when absent all of it is
  // measured.
  std::optional<double> sigma;
  double strength = 1.0;  // 0: the noisy image, 1: the denoised one, between: a blend
  // The mean over this many flips and rotations of the image: 1, 2, 4 or 8. Each takes the time of the first;
  // two bring more than half of what eight bring.
  int symmetries = 1;
  std::int64_t tile = 0;         // largest tile side in pixels, without what tiles overlap; 0: chosen
  std::uint64_t max_memory = 0;  // bytes the process may use, tiles shrink to fit; 0: no limit
  // Of max_memory, what the caller needs to make use of each result: bytes, and bytes per sample of the
  // image, beside both images. More is kept free where writing the result as the file it came from takes it.
  std::uint64_t reserved_memory = 0;
  std::uint64_t reserved_per_sample = 0;
  Precision precision = Precision::f32;
  // Adapt the model to each image (or volume) before denoising it, from nothing but the image itself, and
  // keep what that gives if it is better on parts of the image that were held out. Takes a minute or so of
  // all threads whatever the image's size. Not together with a noise map or max_memory.
  bool self = false;
  std::int64_t self_steps = 120;  // of training
  double self_minutes = 0.0;      // above 0: so long instead; results then depend on the machine's speed
  std::uint64_t seed = 0;         // of what is drawn at random in adapting
  std::function<void(double)> progress;  // called with the share done, 0..1
  std::function<bool()> cancelled;       // polled between tiles; true ends the run with Error{interrupted}
};

// What DenoiseOptions::self did.
struct SelfAdaptation {
  bool kept = false;          // whether the adapted model was better and used
  std::int64_t steps = 0;     // taken; 0 where the image cannot be adapted to
  double seconds = 0.0;       // spent in adapting
  double plain_loss = 0.0;    // mean squared error against the neighbours of held-out pixels, where the noise
  double adapted_loss = 0.0;  // has variance 1
};

struct DenoiseResult {
  Image image;
  std::string model;                      // its name
  std::string model_sha256;               // of its file, lower-case hex
  NoiseKind noise = NoiseKind::gaussian;  // what was assumed
  double sigma = 0.0;                     // as in DenoiseOptions; the mean level when a noise map was given
  bool sigma_estimated = false;
  std::int64_t tile_height = 0;  // what the network was run on at a time, overlap included
  std::int64_t tile_width = 0;
  std::int64_t tiles = 0;                // per plane or colour image
  Precision precision = Precision::f32;  // that the network ran in
  double seconds = 0.0;                  // all of it, including compiling the network for the tile size
  std::optional<SelfAdaptation> self;
  std::vector<std::string> notes;  // what a person should know, one sentence each
};

// Keeps the network compiled between runs, so images of one size cost nothing extra. One object per thread.
class AEDENOISE_API Denoiser {
 public:
  // Error{usage} for options out of range or an unknown model, Error{data} for a damaged one.
  explicit Denoiser(DenoiseOptions options);
  ~Denoiser();
  Denoiser(Denoiser&&) noexcept;
  Denoiser& operator=(Denoiser&&) noexcept;

  // What the first run() would do before it looks at values, done ahead for an image of this shape, whose
  // values need not be there yet: loads the model and compiles it. Nothing where options.self or max_memory
  // leave open what that is, and where strength is 0. Errors of the model as of run().
  void prepare(const Image& shape);

  // Images of depth > 1 slice by slice, by some models with a look at the slices around it. Models trained on
  // Gaussian, Rician or CT noise take away no more than six standard deviations of it. `noise_map`: one
  // channel, same height and width, one slice or as many, standard deviation per pixel in the image's units;
  // replaces sigma, Gaussian noise only. Error{data} when the image has no pixels, no finite value or
  // channels the model does not take, Error{usage} for a noise map beside sigma, another noise model or self,
  // Error{resource} when the memory limit cannot be met, Error{interrupted} when options.cancelled says so.
  DenoiseResult run(const Image& noisy, const Image* noise_map = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise
