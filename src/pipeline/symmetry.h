// The eight symmetries of the square, for averaging a network's answers over them.
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

inline constexpr unsigned kSymmetries = 8;

// `image` turned: bit 0 of `symmetry` flips rows, bit 1 columns, then bit 2 exchanges rows and columns.
// Symmetries below 4 keep the shape.
Image turned(const Image& image, unsigned symmetry);

// total += turned, turned back. `total` has the shape of the image that was turned.
void add_turned_back(const Image& turned, unsigned symmetry, Image& total);

}  // namespace aedenoise::pipeline
