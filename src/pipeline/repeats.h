// Repeats of scenes, noisy each time, as training data (Noise2Noise: Lehtinen et al., ICML 2018).
#pragma once

#include <filesystem>

#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// `folder` holds scenes. A scene is a sub-folder, whose images (or DICOM series) all show the same thing with
// noise of their own, or a file of several volumes (4D NIfTI, a DICOM file of several frames) that do. Each
// repeat is once the noisy picture of a pair and once what it is compared with: the next repeat, after the
// last one the first. Error{data} that names the scene when it has a single repeat or repeats of different
// sizes, and as for load_dataset().
Dataset load_repeats(const std::filesystem::path& folder, int channels, int min_size);

}  // namespace aedenoise::pipeline
