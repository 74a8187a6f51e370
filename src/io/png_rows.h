// PNG pictures by rows.
#pragma once

#include "io/rows.h"

namespace aedenoise::io {

// `file` at its first byte. As open_rows(); nothing is read but the header when the answer is nothing.
std::unique_ptr<RowReader> open_png_rows(core::InputFile file, const Limits& limits,
                                         std::uint64_t fewest_pixels);

}  // namespace aedenoise::io
