// How NIfTI writes where axes point as a unit quaternion (method 2 of nifti1.h).
#pragma once

#include "io/placement.h"

namespace aedenoise::io {

struct NiftiRotation {
  Vector3 quaternion{};   // its parts b, c and d; a is not negative
  bool mirrored = false;  // the third axis points the other way (pixdim[0] is -1)
};

// Unit vectors along the three axes.
std::array<Vector3, 3> directions_of(const NiftiRotation& rotation);

// The other way round, of vectors of any lengths at right angles.
NiftiRotation rotation_of(const std::array<Vector3, 3>& steps);

}  // namespace aedenoise::io
