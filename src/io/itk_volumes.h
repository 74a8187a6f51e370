// NRRD and MetaImage, which ITK reads and writes in the run-time module `itk`. Samples that do not change are
// kept bit for bit; place in space, axes and key-value pairs are kept in value, but ITK writes the header
// anew: NRRD in the space left-posterior-superior, without comments.
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// .nrrd, or .nhdr with the samples in a file beside it (.raw, .raw.gz when packed).
const Format& nrrd_format();

// .mha, or .mhd with the samples in a file beside it (.raw, .zraw when packed).
const Format& metaimage_format();

}  // namespace aedenoise::io
