// Uses libaedenoise as a program outside the project would: public headers only. Exit status 0 when all is as
// promised.
#include <cstdio>
#include <string>

#include "aedenoise/denoiser.h"
#include "aedenoise/error.h"
#include "aedenoise/image.h"
#include "aedenoise/version.h"

namespace {

// Whether the library's errors arrive as the type that its headers promise.
bool unknown_model_is_a_usage_error() {
  aedenoise::DenoiseOptions options;
  options.model = "no-such-model";
  try {
    aedenoise::Denoiser denoiser(options);
    denoiser.run(aedenoise::Image{});
  } catch (const aedenoise::Error& error) {
    return error.code() == aedenoise::ErrorCode::usage;
  }
  return false;
}

// Whether the embedded model brings a noisy flat image closer to flat.
bool removes_noise() {
  aedenoise::Image image;
  image.channels = 1;
  image.height = 48;
  image.width = 40;
  image.high = 255.0;
  unsigned state = 1;
  for (std::size_t i = 0; i < image.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    image.values.push_back(128.0F + static_cast<float>(state >> 24U) / 4.0F - 32.0F);
  }
  aedenoise::DenoiseOptions options;
  options.sigma = 18.5;  // of that uniform noise, 64 wide
  const auto result = aedenoise::Denoiser(options).run(image);
  double before = 0.0;
  double after = 0.0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    before += (image.values[i] - 128.0) * (image.values[i] - 128.0);
    after += (result.image.values[i] - 128.0) * (result.image.values[i] - 128.0);
  }
  std::printf("squared error %.0f, after denoising %.0f\n", before, after);
  return after < 0.25 * before;
}

}  // namespace

int main() {
  std::printf("linked with aedenoise %s\n", aedenoise::build_version());
  if (!unknown_model_is_a_usage_error()) {
    std::puts("an unknown model is not reported as a usage error");
    return 1;
  }
  return removes_noise() ? 0 : 1;
}
