// Denoising the items of a batch, as `denoise` and `bids` do it: messages, records, outputs, manifest.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/batch.h"
#include "pipeline/manifest.h"
#include "report/json.h"

namespace aedenoise::cli {

// Options that both commands have besides those of common.h.
inline constexpr Option kDatatypeOption{"Output", "datatype", 0, "same|uint8|int16|uint16|float32",
                                        "how samples are stored (default same)"};
inline constexpr Option kSigmaOption{
    "Noise", "sigma", 's', "VALUE",
    "noise level (standard deviation) in the file's own units: 0-255 for 8-bit, 0-65535 for 16-bit, "
    "whatever the values are for float files; default: estimated from the image"};
inline constexpr Option kNoiseModelOption{"Noise", "noise-model", 'n',
                                          "auto|gaussian|poisson|poisson-gaussian|rician|ct",
                                          "what the noise is like (default auto: found out; Gaussian of one "
                                          "level, noise that grows with the signal, or "
                                          "the Rician noise of magnitude MR); poisson: photon noise, sigma "
                                          "is then the level at full scale; rician: "
                                          "magnitude MR images; ct: noise correlated by reconstruction, "
                                          "sigma is that in tissue"};
inline constexpr Option kStrengthOption{"Noise", "strength", 0, "0..1",
                                        "1 (default) is the full effect, 0 leaves the image as it is"};
inline constexpr Option kNumPartsOption{"Folders", "num-parts", 0, "N|slurm",
                                        "do one of N shares of the folder, for as many machines or "
                                        "processes; slurm: as many as the job array has tasks"};
inline constexpr Option kPartIdOption{
    "Folders", "part-id", 0, "K",
    "which share, from 0 to N - 1 (default: the place of the Slurm array task)"};

struct DenoiseJob {
  std::vector<BatchItem> items;
  std::size_t left_out = 0;  // files of folders that are no images
  std::string folder;        // where a manifest is kept; empty: nowhere
  pipeline::Part part;
  bool resume = false;
  std::string residual;  // path; empty: none is written
  // The sidecar (see sidecar.h) of an item with this record; empty: none are written.
  std::function<report::Json(const BatchItem&, const report::Json& record)> sidecar;
};

// --num-parts and --part-id. Error{usage} when one of them is missing or out of range.
pipeline::Part part_from(const Arguments& arguments);

// Does it all and returns the exit code. Throws Error for what concerns all items.
int denoise_batch(const Arguments& arguments, const DenoiseJob& job);

}  // namespace aedenoise::cli
