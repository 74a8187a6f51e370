#include "io/nifti_rotation.h"

#include <algorithm>
#include <cmath>

namespace aedenoise::io {

std::array<Vector3, 3> directions_of(const NiftiRotation& rotation) {
  const auto [b, c, d] = rotation.quaternion;
  const double a = std::sqrt(std::max(0.0, 1.0 - b * b - c * c - d * d));
  const double hand = rotation.mirrored ? -1.0 : 1.0;
  return {Vector3{a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c)},
          Vector3{2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b)},
          Vector3{hand * 2.0 * (b * d + a * c), hand * 2.0 * (c * d - a * b),
                  hand * (a * a + d * d - b * b - c * c)}};
}

NiftiRotation rotation_of(const std::array<Vector3, 3>& steps) {
  std::array<Vector3, 3> r{};
  for (std::size_t i = 0; i < 3; ++i) r.at(i) = times(steps.at(i), 1.0 / length(steps.at(i)));
  NiftiRotation out;
  out.mirrored = dot(r[0], cross(r[1], r[2])) < 0.0;
  if (out.mirrored) r[2] = times(r[2], -1.0);
  // Four times the products of a, b, c and d with each other; the row of the largest square is divided by.
  const double ab = r[1][2] - r[2][1];
  const double ac = r[2][0] - r[0][2];
  const double ad = r[0][1] - r[1][0];
  const double bc = r[0][1] + r[1][0];
  const double bd = r[0][2] + r[2][0];
  const double cd = r[1][2] + r[2][1];
  const std::array<double, 4> squares{1.0 + r[0][0] + r[1][1] + r[2][2], 1.0 + r[0][0] - r[1][1] - r[2][2],
                                      1.0 - r[0][0] + r[1][1] - r[2][2], 1.0 - r[0][0] - r[1][1] + r[2][2]};
  const std::array<std::array<double, 4>, 4> products{{{squares[0], ab, ac, ad},
                                                       {ab, squares[1], bc, bd},
                                                       {ac, bc, squares[2], cd},
                                                       {ad, bd, cd, squares[3]}}};
  const auto largest = static_cast<std::size_t>(std::ranges::max_element(squares) - squares.begin());
  const auto& row = products.at(largest);
  const double scale = (row[0] < 0.0 ? -0.5 : 0.5) / std::sqrt(squares.at(largest));
  out.quaternion = {row[1] * scale, row[2] * scale, row[3] * scale};
  return out;
}

}  // namespace aedenoise::io
