#include "io/placement.h"

#include <algorithm>
#include <cmath>

namespace aedenoise::io {

Vector3 minus(const Vector3& a, const Vector3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

Vector3 times(const Vector3& a, double factor) { return {a[0] * factor, a[1] * factor, a[2] * factor}; }

double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double length(const Vector3& a) { return std::sqrt(dot(a, a)); }

std::optional<Placement> checked(const Placement& placement) {
  constexpr double kFlat = 1e-3;  // volume that three unit vectors span
  const auto& [x, y, z] = placement.steps;
  const double volume = std::abs(dot(x, cross(y, z)));
  const bool solid = volume > kFlat * length(x) * length(y) * length(z);
  if (!solid || !std::isfinite(volume) || !std::isfinite(length(placement.origin))) return std::nullopt;
  return placement;
}

Axes axes_across_slices(const std::array<std::uint64_t, 3>& size, const std::array<double, 3>& spacing) {
  constexpr double kAlike = 1.01;
  std::size_t across = 2;
  if (std::ranges::count(size, std::uint64_t{1}) == 1) {
    across = static_cast<std::size_t>(std::ranges::find(size, std::uint64_t{1}) - size.begin());
  } else {
    for (const std::size_t axis : {std::size_t{1}, std::size_t{0}}) {
      if (spacing.at(axis) > kAlike * spacing.at(across)) across = axis;
    }
  }
  return {across == 0 ? std::size_t{1} : std::size_t{0}, across == 2 ? std::size_t{1} : std::size_t{2},
          across};
}

std::optional<Placement> permuted(const std::optional<Placement>& placement, const Axes& axes) {
  if (!placement) return std::nullopt;
  const auto& steps = placement->steps;
  return Placement{placement->origin, {steps.at(axes[0]), steps.at(axes[1]), steps.at(axes[2])}};
}

bool same_places(const std::optional<Placement>& a, const std::optional<Placement>& b,
                 const std::array<int, 3>& size) {
  if (!a || !b) return true;
  const double step = std::min({length(a->steps[0]), length(a->steps[1]), length(a->steps[2])});
  for (unsigned corner = 0; corner < 8; ++corner) {
    Vector3 apart = minus(a->origin, b->origin);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if ((corner >> axis & 1U) == 0) continue;
      const Vector3 along = times(minus(a->steps.at(axis), b->steps.at(axis)), size.at(axis) - 1);
      for (std::size_t i = 0; i < 3; ++i) apart.at(i) += along.at(i);
    }
    if (length(apart) > 0.5 * step) return false;
  }
  return true;
}

std::string axes_of(const std::optional<Placement>& placement) {
  if (!placement) return {};
  constexpr std::array<const char*, 3> kLetters{"LR", "PA", "SI"};  // of a growing and a falling coordinate
  std::string out;
  std::array<bool, 3> taken{};
  for (const Vector3& step : placement->steps) {
    const auto largest = std::ranges::max_element(step, {}, [](double value) { return std::abs(value); });
    const auto axis = static_cast<std::size_t>(largest - step.begin());
    if (taken.at(axis)) return {};
    taken.at(axis) = true;
    out += kLetters.at(axis)[*largest > 0.0 ? 0 : 1];
  }
  return out;
}

}  // namespace aedenoise::io
