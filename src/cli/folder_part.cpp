#include <cstdlib>

#include "aedenoise/error.h"
#include "cli/denoise_batch.h"
#include "core/text.h"

namespace aedenoise::cli {
namespace {

constexpr std::int64_t kMostParts = 1'000'000;

std::int64_t from_slurm(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) {
    throw Error(ErrorCode::usage,
                std::string("--num-parts: ") + variable +
                    " is not set, so this is no task of a Slurm job array; state --num-parts N "
                    "and --part-id K");
  }
  const auto number = core::number_of<std::int64_t>(text);
  if (!number)
    throw Error(ErrorCode::usage, std::string("--num-parts: ") + variable + " is no number: " + text);
  return *number;
}

}  // namespace

pipeline::Part part_from(const Arguments& arguments) {
  pipeline::Part part;
  if (!arguments.has("num-parts")) {
    arguments.forbid({"part-id"}, "needs --num-parts");
    return part;
  }
  const bool slurm = arguments.text("num-parts") == "slurm";
  part.count =
      slurm ? from_slurm("SLURM_ARRAY_TASK_COUNT") : arguments.integer("num-parts", 1, 1, kMostParts);
  if (arguments.has("part-id")) {
    part.index = arguments.integer("part-id", 0, 0, part.count - 1);
  } else {
    part.index = from_slurm("SLURM_ARRAY_TASK_ID") - from_slurm("SLURM_ARRAY_TASK_MIN");
  }
  if (part.index < 0 || part.index >= part.count) {
    throw Error(ErrorCode::usage, "the Slurm array task is number " + std::to_string(part.index) + " of " +
                                      std::to_string(part.count) +
                                      " parts; number the array's tasks without gaps");
  }
  return part;
}

}  // namespace aedenoise::cli
