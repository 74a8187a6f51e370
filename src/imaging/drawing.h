// Telling pictures that a program drew from those that were taken.
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Whether a picture was drawn, as screenshots, diagrams and text are: where it is not of one value, lines of
// exactly one value run through it, which noise does not leave, and few pixels stand out among their
// neighbours, as noise or single photons do. Pictures of a volume or of a known modality never are.
bool is_drawn(const Image& image);

}  // namespace aedenoise::imaging
