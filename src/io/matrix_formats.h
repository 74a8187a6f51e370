// The readers behind read_matrix(), one file each; messages do not name the file.
#pragma once

#include "io/matrix.h"

namespace aedenoise::io {

Matrix read_idx(core::InputFile file, const Limits& limits);  // plain or packed with gzip
Matrix read_npy(std::span<const std::uint8_t> bytes, const Limits& limits);
Matrix read_csv(std::span<const std::uint8_t> bytes, const Limits& limits);

core::Bytes encode_npy(std::span<const std::int64_t> sizes, std::span<const float> values);
core::Bytes encode_csv(std::span<const std::int64_t> sizes, std::span<const float> values);

// Number of values in an array of these sizes. Error{data} for a size that is not positive or an overflow,
// Error{resource} past limits.max_pixels.
std::uint64_t count_values(std::span<const std::int64_t> sizes, const Limits& limits);

}  // namespace aedenoise::io
