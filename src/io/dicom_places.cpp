#include "io/dicom_places.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <numeric>

#include "io/dicom_layout.h"
#include "io/slices.h"

namespace aedenoise::io {
namespace {

// What differs between frames at one place.
struct KindTag {
  DcmTagKey macro;
  std::uint32_t tag;
};
const std::array<KindTag, 5>& kind_tags() {
  static const std::array<KindTag, 5> tags{{{DCM_FrameContentSequence, 0x00209056},  // StackID
                                            {DCM_FrameContentSequence, 0x00209128},  // TemporalPositionIndex
                                            {DCM_MREchoSequence, 0x00189082},        // EffectiveEchoTime
                                            {DCM_MRDiffusionSequence, 0x00189087},   // DiffusionBValue
                                            {DCM_MRImageFrameTypeSequence, 0x00089007}}};  // FrameType
  return tags;
}

template <std::size_t N>
bool read_numbers(DcmItem& item, const DcmTagKey& tag, std::array<double, N>& out) {
  for (std::size_t i = 0; i < N; ++i) {
    const auto value = decimal(item, tag, static_cast<unsigned long>(i));
    if (!value) return false;
    out.at(i) = *value;
  }
  return true;
}

std::array<double, 3> stated_spacing(const FunctionalGroups& groups, int frame) {
  DcmItem& item = groups.find_or_all(DCM_PixelMeasuresSequence, frame);
  const DcmTagKey pixel = item.tagExists(DCM_PixelSpacing) ? DCM_PixelSpacing : DCM_ImagerPixelSpacing;
  std::array<double, 3> out{decimal(item, pixel, 1).value_or(1.0), decimal(item, pixel, 0).value_or(1.0),
                            0.0};
  for (const DcmTagKey& tag : {DCM_SpacingBetweenSlices, DCM_SliceThickness}) {
    if (!(out[2] > 0.0)) out[2] = decimal(item, tag).value_or(0.0);
  }
  for (double& step : out) {
    if (!(step > 0.0)) step = 1.0;
  }
  return out;
}

std::optional<Vector3> position_of(const FunctionalGroups& groups, int frame) {
  Vector3 out{};
  const bool known =
      read_numbers(groups.find_or_all(DCM_PlanePositionSequence, frame), DCM_ImagePositionPatient, out);
  return known ? std::optional(out) : std::nullopt;
}

std::optional<SliceHeader> slice_of_frame(const FunctionalGroups& groups, int frame) {
  SliceHeader out;
  const auto position = position_of(groups, frame);
  if (!position || !read_numbers(groups.find_or_all(DCM_PlaneOrientationSequence, frame),
                                 DCM_ImageOrientationPatient, out.orientation)) {
    return std::nullopt;
  }
  out.position = *position;
  out.spacing = stated_spacing(groups, frame);
  out.number = frame;
  out.instance = std::to_string(frame);
  for (const KindTag& kind : kind_tags()) {
    if (DcmItem* group = groups.find(kind.macro, frame)) out.kind += text_of(*group, kind.tag);
    out.kind += '\n';
  }
  return out;
}

// Of all frames; none when one does not say.
std::vector<SliceHeader> slices_of_frames(const FunctionalGroups& groups, int frames) {
  std::vector<SliceHeader> out;
  for (int frame = 0; frame < frames; ++frame) {
    auto slice = slice_of_frame(groups, frame);
    if (!slice) return {};
    out.push_back(std::move(*slice));
  }
  return out;
}

}  // namespace

FramePlaces places_of(const FunctionalGroups& groups, int frames) {
  FramePlaces out;
  out.slices.resize(static_cast<std::size_t>(frames));
  std::iota(out.slices.begin(), out.slices.end(), 0);
  out.spacing = stated_spacing(groups, 0);
  const auto first = position_of(groups, 0);
  const auto second = position_of(groups, 1);
  if (frames > 1 && first && second) {
    const double step = length(minus(*second, *first));
    if (step > 0.0) out.spacing[2] = step;
  }
  std::vector<SliceHeader> slices = slices_of_frames(groups, frames);
  if (slices.empty()) return out;
  const std::vector<SliceStack> stacks = stack_slices(std::move(slices));
  const auto fits = [&](const SliceStack& stack) {
    return stack.problem.empty() && stack.slices.size() == stacks.front().slices.size();
  };
  if (!std::ranges::all_of(stacks, fits)) return out;
  out.volumes.clear();
  int next = 0;
  for (const SliceStack& stack : stacks) {
    for (const SliceHeader& slice : stack.slices) out.slices[static_cast<std::size_t>(slice.number)] = next++;
    out.notes.insert(out.notes.end(), stack.notes.begin(), stack.notes.end());
    out.volumes.push_back(stack.placement);
  }
  out.spacing[2] = stacks.front().step;
  return out;
}

}  // namespace aedenoise::io
