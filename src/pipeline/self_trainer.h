// Training a denoising network on noisy images alone.
#pragma once

#include <memory>

#include "pipeline/trainer.h"

namespace aedenoise::pipeline {

// What options.self names, for train(). The network's level input is fed the level of noise of each picture
// (Picture::level), the same for an image and its halves, as neighbours have the noise they had. The loss of
// neighbor2neighbor has its regulariser (options.self_weight) from the start where the network starts from a
// trained one, else it grows along the run. The datasets must outlive the task.
std::unique_ptr<TrainingTask> self_task(const TrainOptions& options, const Dataset& training,
                                        const Dataset& validation);

// Fills in each picture's level as estimated from it.
void estimate_levels(Dataset& data);

// For few images: moves bands of rows of every picture, about a quarter of each 256 rows, to the result,
// which is to validate on. Bands have a multiple of `multiple` rows; pictures too low for one stay whole.
// Bands of a volume become volumes of their own.
Dataset split_bands(Dataset& data, int multiple);

}  // namespace aedenoise::pipeline
