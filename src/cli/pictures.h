// Pictures that commands make of samples: contact sheets and maps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/plot.h"

namespace aedenoise::cli {

// Writes a gray or colour image of 0..1 values, planes one after another. Errors begin with the path.
void write_picture(const std::string& path, int channels, int height, int width, std::vector<float> values);

// Draws the plot into a picture file.
void write_plot(const std::string& path, const report::Plot& plot);

// Samples in rows of `columns` with a line of white between them, each as it is (0..1), or with `stretch`
// from its own lowest to its highest value. `sizes`: channels (1 or 3), height, width. `samples` lie
// channels-last.
void write_contact_sheet(const std::string& path, const std::vector<std::int64_t>& sizes,
                         std::span<const float> samples, std::int64_t columns, bool stretch = false);

// Error{usage} unless samples of these sizes can be shown; begins with `option`.
void require_pictures(const std::vector<std::int64_t>& sizes, const std::string& option);

// Samples as thumbnails at their places in the plane (two values each); dots where they cannot be shown.
void write_plane(const std::string& path, const std::vector<std::int64_t>& sizes,
                 std::span<const float> samples, std::span<const float> places);

}  // namespace aedenoise::cli
