// Where a volume lies in a body, in the patient's coordinates of DICOM (PS3.3 C.7.6.2.1.1): millimetres, x to
// the left, y to the back, z to the head. NRRD's left-posterior-superior and ITK's coordinates are the same;
// NIfTI's x and y go the other way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace aedenoise::io {

using Vector3 = std::array<double, 3>;

Vector3 minus(const Vector3& a, const Vector3& b);
Vector3 times(const Vector3& a, double factor);
double dot(const Vector3& a, const Vector3& b);
Vector3 cross(const Vector3& a, const Vector3& b);
double length(const Vector3& a);

struct Placement {
  Vector3 origin{};                // of the first sample
  std::array<Vector3, 3> steps{};  // to the next column, row, slice; they need not be at right angles
};

// `placement` if it is one: finite, its steps in no common plane.
std::optional<Placement> checked(const Placement& placement);

// Which stored axis an Image's columns, rows and slices run along.
using Axes = std::array<std::size_t, 3>;

// Slices lie across the axis sampled most coarsely (of equals the last), or across the only one of a single
// sample, so that they are pictures as the scanner made them.
Axes axes_across_slices(const std::array<std::uint64_t, 3>& size, const std::array<double, 3>& spacing);

// The Image's placement, of that of the stored axes; none of none.
std::optional<Placement> permuted(const std::optional<Placement>& placement, const Axes& axes);

// Whether samples of volumes of so many columns, rows and slices lie within half a step of one another. Of
// unknown placements nothing can be said against it.
bool same_places(const std::optional<Placement>& a, const std::optional<Placement>& b,
                 const std::array<int, 3>& size);

// A letter for each of columns, rows and slices, by the nearest of the body's own directions: L(eft) or
// R(ight), P(osterior) or A(nterior), S(uperior) or I(nferior). Empty without a placement and when two are
// nearest to the same.
std::string axes_of(const std::optional<Placement>& placement);

}  // namespace aedenoise::io
