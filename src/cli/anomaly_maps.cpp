#include "cli/anomaly_maps.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "aedenoise/error.h"
#include "cli/pictures.h"
#include "report/csv.h"
#include "report/destination.h"

namespace aedenoise::cli {

std::vector<std::size_t> ranking(const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return order;
}

void write_scores(const std::string& path, const std::vector<double>& scores,
                  const std::vector<std::size_t>& order,
                  const std::function<std::string(std::size_t)>& name_of) {
  std::string text = "file,score\n";
  for (const std::size_t i : order) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.9g", scores[i]);
    text += report::csv_field(name_of(i)) + "," + number.data() + "\n";
  }
  report::write_text(text, path);
}

void write_overlay(const std::string& path, std::span<const float> picture, std::size_t channels, int height,
                   int width, const std::vector<float>& heat) {
  std::vector<float> overlay(3 * heat.size());
  for (std::size_t k = 0; k < heat.size(); ++k) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float value = picture[k * channels + std::min(c, channels - 1)];
      overlay[c * heat.size() + k] = (1.0F - heat[k]) * value + (c == 0 ? heat[k] : 0.0F);
    }
  }
  write_picture(path, 3, height, width, std::move(overlay));
}

void claim_map_name(const std::string& image, const std::string& stem, std::set<std::string>& claimed) {
  if (!claimed.insert(stem).second)
    throw Error(ErrorCode::usage, image + ": maps of two images would be named " + stem);
}

void make_map_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(ErrorCode::io, folder + ": " + error.message());
}

}  // namespace aedenoise::cli
