// Functional groups: what a multi-frame DICOM object says about one of its frames or all (PS3.3 C.7.6.16).
#pragma once

#include <vector>

class DcmItem;
class DcmTagKey;

namespace aedenoise::io {

class FunctionalGroups {
 public:
  // Of an image's data set, which must outlive this.
  explicit FunctionalGroups(DcmItem& data);

  // The item of the macro (a sequence's tag) that holds for frame number `frame`, or nullptr.
  DcmItem* find(const DcmTagKey& macro, int frame) const;
  // The same, but the data set itself where it has none, as single frames do.
  DcmItem& find_or_all(const DcmTagKey& macro, int frame) const;

 private:
  DcmItem& data_;
  DcmItem* shared_ = nullptr;
  std::vector<DcmItem*> frames_;  // DCMTK itself looks for an item by going through all before it
};

}  // namespace aedenoise::io
