// Clean images that results are compared with: --ref.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/batch.h"
#include "io/format.h"

namespace aedenoise::cli {

inline constexpr Option kReferenceOption{"Messages",
                                         "ref",
                                         0,
                                         "FILE|FOLDER",
                                         "a clean image to compare with (PSNR, SSIM); of a folder or several "
                                         "inputs a folder of clean ones under the "
                                         "same names",
                                         Names::input};

class References {
 public:
  // `folder`: where the outputs of folders lie, as in DenoiseJob. Error{usage} when --ref is not what the
  // items need or has nothing for any of them.
  References(const Arguments& arguments, const std::vector<BatchItem>& items, const std::string& folder);

  bool any() const { return !path_.empty(); }

  // The item's clean image or volumes; null when there is none. Error{data, io, resource}.
  std::unique_ptr<io::VolumeReader> open(const BatchItem& item, const io::Limits& limits) const;

 private:
  std::vector<std::filesystem::path> files_of(const BatchItem& item) const;

  std::string path_;  // empty: there are none
  bool single_ = false;
  std::string folder_;
};

}  // namespace aedenoise::cli
