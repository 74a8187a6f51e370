// What other codecs make of a file's samples, to stand beside compress().
#pragma once

#include <string>
#include <vector>

#include "pipeline/compression.h"

namespace aedenoise::pipeline {

struct PeerScore {
  std::string codec;  // "JPEG 2000"
  CompressionScore score;
};

// PNG, JPEG, JPEG 2000, JPEG-LS and WebP, those that take such samples and can do what is asked, slice by
// slice: without loss, or with the same largest error, or as good as they can within `bytes`, shared equally
// between slices. Headers of files do not count. Luma and chroma are given to them as red, green and blue
// where they may lose.
std::vector<PeerScore> run_peers(const io::FileParts& parts, const CompressionTarget& target,
                                 std::uint64_t bytes);

}  // namespace aedenoise::pipeline
