// Which images of a scan are slices of one volume, and in which order (DICOM PS3.3 C.7.6.2).
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/placement.h"

namespace aedenoise::io {

// What an image that may be a slice says about itself.
struct SliceHeader {
  std::filesystem::path file;
  std::string series;    // identifier
  std::string instance;  // identifier
  std::string kind;      // what differs between the volumes of a series: image type, echo, time...
  int number = 0;        // InstanceNumber
  int rows = 0;
  int columns = 0;
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // mm between columns, rows and, as far as it says, slices
  Vector3 position{};                            // mm, of the first pixel
  std::array<double, 6> orientation{};           // directions of rows and columns
};

// Slices in the order of their places along the normal.
struct SliceStack {
  std::vector<SliceHeader> slices;
  double step = 1.0;  // median distance in mm
  std::optional<Placement> placement;
  std::string problem;  // why this is no volume: "a slice is missing between a.dcm and b.dcm (...)"
  std::vector<std::string> notes;  // what is unusual about it: uneven distances, a tilt
};

// Splits one series (at least one slice) into volumes. Images of several times, echoes or kinds at the same
// places are volumes of their own, as are different orientations unless a single slice stands out. A series
// with a problem is returned whole.
std::vector<SliceStack> stack_slices(std::vector<SliceHeader> slices);

}  // namespace aedenoise::io
