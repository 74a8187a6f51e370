// What `aedenoise anomaly` writes of scores and maps.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
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

// Remembers what the maps of `image` are named after; Error{usage} when those of another one are, too.
void claim_map_name(const std::string& image, const std::string& stem, std::set<std::string>& claimed);

// Makes the folder of the maps. Error{io} that begins with it.
void make_map_folder(const std::string& folder);

}  // namespace aedenoise::cli
