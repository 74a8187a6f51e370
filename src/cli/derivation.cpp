#include "cli/derivation.h"

#include "aedenoise/version.h"
#include "core/text.h"
#include "pipeline/stabilise.h"

namespace aedenoise::cli {

io::Derivation derivation_of(const Arguments& arguments, const DenoiseResult& result,
                             const std::string& noise_map) {
  constexpr std::size_t kShownDigits = 16;
  io::Derivation out;
  out.method = std::string("aedenoise ") + version() + " denoise, model " + result.model + " (SHA-256 " +
               result.model_sha256.substr(0, kShownDigits) + "), noise model " +
               arguments.text("noise-model", "auto") + ", strength " + arguments.text("strength", "1") +
               ", " + name_of(result.precision);
  if (arguments.has("sigma")) out.method += ", noise level " + arguments.text("sigma");
  if (!noise_map.empty()) out.method += ", noise map (SHA-256 " + noise_map.substr(0, kShownDigits) + ")";
  if (result.self && result.self->kept) {
    out.method += ", adapted to the image in " + std::to_string(result.self->steps) + " steps, seed " +
                  arguments.text("seed", "0");
  }
  if (arguments.has("tta")) out.method += ", mean over " + arguments.text("tta") + " symmetries";
  out.finding = std::string(pipeline::name_of(result.noise)) + " noise of level " +
                core::significant(result.sigma) + (result.sigma_estimated ? " estimated" : "");
  return out;
}

}  // namespace aedenoise::cli
