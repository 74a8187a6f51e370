// Which way of lossy coding suits an image.
#pragma once

#include <memory>

#include "pipeline/compression.h"

namespace aedenoise::pipeline {

// Of the wavelet transform (null) and the built-in codecs what errs least in the middle of a volume, or of a
// deep image, in as many bytes as `target` makes the wavelet take; a codec by 0.1 dB or more, as it is
// slower. Colour images and gray ones of 8 bits are left to the wavelet transform.
std::shared_ptr<const model::ModelFile> choose_codec(const io::FileParts& parts,
                                                     const CompressionTarget& target);

}  // namespace aedenoise::pipeline
