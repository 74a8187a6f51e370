// What `aedenoise anomaly` writes of scores and maps.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace aedenoise::cli {

// Indices by score, highest first.
std::vector<std::size_t> ranking(const std::vector<double>& scores);

// file,score in the order of `order`.
void write_scores(const std::string& path, const std::vector<double>& scores,
                  const std::vector<std::size_t>& order,
                  const std::function<std::string(std::size_t)>& name_of);

// Red over a gray or colour picture (height x width; values channels-last, 0..1) where `heat` is 1, the
// picture where it is 0.
void write_overlay(const std::string& path, std::span<const float> picture, std::size_t channels, int height,
                   int width, const std::vector<float>& heat);

}  // namespace aedenoise::cli
