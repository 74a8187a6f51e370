// Where the axes of a volume point in a body, so that its planes can be called by their names.
#pragma once

#include <array>
#include <string>

namespace aedenoise::io {

using Direction = std::array<double, 3>;

// A letter for each of the three directions, by the nearest of the body's own: L(eft) or R(ight), P(osterior)
// or A(nterior), S(uperior) or I(nferior). They are in the patient's coordinates of DICOM: x to the left, y
// to the back, z to the head. Empty when two are nearest to the same axis or one is none.
std::string axes_of(const std::array<Direction, 3>& directions);

}  // namespace aedenoise::io
