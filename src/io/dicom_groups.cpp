#include "io/dicom_groups.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

namespace aedenoise::io {

FunctionalGroups::FunctionalGroups(DcmItem& data) : data_(data) {
  data.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared_, 0);
  DcmSequenceOfItems* sequence = nullptr;
  if (data.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, sequence).bad()) return;
  DcmObject* object = nullptr;
  while ((object = sequence->nextInContainer(object)) != nullptr)
    frames_.push_back(dynamic_cast<DcmItem*>(object));
}

DcmItem* FunctionalGroups::find(const DcmTagKey& macro, int frame) const {
  const auto index = static_cast<std::size_t>(frame);
  for (DcmItem* groups : {index < frames_.size() ? frames_[index] : nullptr, shared_}) {
    DcmItem* found = nullptr;
    if (groups != nullptr && groups->findAndGetSequenceItem(macro, found, 0).good()) return found;
  }
  return nullptr;
}

DcmItem& FunctionalGroups::find_or_all(const DcmTagKey& macro, int frame) const {
  DcmItem* group = find(macro, frame);
  return group == nullptr ? data_ : *group;
}

}  // namespace aedenoise::io
