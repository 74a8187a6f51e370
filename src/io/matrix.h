// Tables of samples: idx (MNIST's format), .npy and .csv files as floats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/format.h"

namespace aedenoise::io {

struct Matrix {
  std::vector<std::int64_t> sizes;  // samples first, then the sizes of one sample; at least one
  std::vector<float> values;        // row-major, all finite
  double full_scale = 0.0;          // the largest value an 8-bit or 16-bit unsigned file can hold, else 0
  std::string description;          // "idx, 60000 x 28 x 28, uint8"
  std::vector<std::string> notes;   // what a person should know

  std::int64_t samples() const { return sizes.front(); }
  std::int64_t sample_values() const;  // of one sample
};

// Whether a file begins like an idx (also gzip-compressed) or .npy file, or is named .csv or .tsv.
bool is_matrix_file(const std::filesystem::path& path);

// idx: http://yann.lecun.com/exdb/mnist; .npy: numpy.lib.format versions 1-3, little-endian numbers and
// booleans in either order of axes; .csv and .tsv: numbers separated by comma, semicolon or tab, with an
// optional line of names first; where the first column has none there it names the rows, and lines that begin
// with # are left out. Error{data} for anything malformed, for sizes that differ from the bytes there are
// (checked before memory is taken), for values that are not finite; Error{resource} past `limits` (max_pixels
// counts values). Errors begin with the path.
Matrix read_matrix(const std::filesystem::path& path, const Limits& limits = {});

// Float32 `values` of the given sizes (row-major) as .npy, or for two sizes as .csv, by the path's extension.
// Atomic. Error{usage} for another extension. Errors begin with the path.
void write_matrix(const std::filesystem::path& path, std::span<const std::int64_t> sizes,
                  std::span<const float> values);

// Error{usage} unless write_matrix() knows the extension.
void check_matrix_extension(const std::filesystem::path& path);

}  // namespace aedenoise::io
