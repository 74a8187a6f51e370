// What the windows of faultless images of the very scenes look like to an autoencoder.
#pragma once

#include <cstdint>
#include <utility>

#include "pipeline/reference.h"
#include "pipeline/windows.h"

namespace aedenoise::pipeline {

// Collects a reference to which a codes' distances are small where an image repeats a template's structure,
// so that nothing has to have been learned of the single scene (a memory of local features as of Roth et al.,
// "Towards total recall in industrial anomaly detection", CVPR 2022, with codes for features and all of them
// kept).
class Templates {
 public:
  Templates(Coder& coder, std::int64_t stride);

  // Codes of its windows at every stride are remembered; some of those between, half a stride on, say how far
  // from them usual windows are. Errors do not count: what a template shows is normal, however badly
  // reconstructed. Error{data} for a picture smaller than a window, Error{usage} once the codes take more
  // than 1 GiB.
  void add(const Picture& picture);

  Reference reference() && { return std::move(reference_); }

 private:
  Coder& coder_;
  std::int64_t stride_;
  Reference reference_;
};

}  // namespace aedenoise::pipeline
