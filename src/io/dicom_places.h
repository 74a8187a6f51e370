// Where the frames of a DICOM image lie (PS3.3 C.7.6.2 and C.7.6.16.2.3): the slices of a volume need not be
// stored in their order.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "io/dicom_groups.h"
#include "io/placement.h"

namespace aedenoise::io {

struct FramePlaces {
  // Which slice each frame is, counted through all volumes. Frames of several times, echoes or kinds are
  // volumes one after another where these are of one size; frames that are none stay in their order, as one.
  std::vector<int> slices;
  std::vector<std::optional<Placement>> volumes{std::nullopt};  // where each lies, as far as that is known
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // mm between columns, rows and slices; 1 where unknown
  std::vector<std::string> notes;
};

// Of an image with this many frames.
FramePlaces places_of(const FunctionalGroups& groups, int frames);

}  // namespace aedenoise::io
