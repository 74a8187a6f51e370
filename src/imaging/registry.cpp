#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "imaging/noise_models/noise_models.h"

namespace aedenoise::imaging {

std::span<const NoiseModel* const> noise_models() {
  static const auto models = std::to_array<const NoiseModel*>({
      &gaussian_noise(),
      &poisson_noise(),
      &poisson_gaussian_noise(),
      &rician_noise(),
      &speckle_noise(),
      &salt_and_pepper_noise(),
      &ct_noise(),
  });
  return models;
}

const NoiseModel& noise_model(std::string_view name) {
  const auto models = noise_models();
  const auto found =
      std::ranges::find_if(models, [&](const NoiseModel* model) { return model->name() == name; });
  if (found != models.end()) return **found;
  std::vector<std::string> names;
  for (const NoiseModel* model : models) names.emplace_back(model->name());
  throw Error(ErrorCode::usage, core::unknown_name("noise model", name, names));
}

}  // namespace aedenoise::imaging
