// Where a reconstruction differs from an image, at several scales.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aedenoise::pipeline {

// Per pixel of one image (`sizes`: channels, height, width; values channels-last): the squared difference,
// averaged over channels and over windows of 1, 3 and 7 pixels, so that a faint but wide deviation counts
// beside a single pixel's; plus, by its share kDissimilarityShare, how unlike the structure is: (1 - SSIM) /
// 2 over windows of 5 and 11 pixels, times `unit` squared, where `unit` is what counts as the range of the
// values.
std::vector<float> error_map(std::span<const float> image, std::span<const float> restored,
                             const std::vector<std::int64_t>& sizes, double unit);

inline constexpr double kDissimilarityShare = 0.05;

}  // namespace aedenoise::pipeline
