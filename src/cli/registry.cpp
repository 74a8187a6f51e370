#include <array>

#include "cli/command.h"

namespace aedenoise::cli {

std::span<const Command* const> commands() {
  static const auto kCommands = std::to_array<const Command*>({
      &denoise_command(),
      &bids_command(),
      &train_command(),
      &evaluate_command(),
      &inspect_command(),
      &compress_command(),
      &decompress_command(),
      &embed_command(),
      &anomaly_command(),
      &sample_command(),
      &features_command(),
      &models_command(),
      &bench_command(),
  });
  return kCommands;
}

}  // namespace aedenoise::cli
