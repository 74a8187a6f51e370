#include "io/slices.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <set>

#include "core/text.h"

namespace aedenoise::io {
namespace {

using Slices = std::vector<SliceHeader>;

constexpr double kSamePlace = 0.01;      // mm
constexpr double kSameDirection = 1e-3;  // per component of a unit vector
constexpr double kEven = 0.02;           // share of the median distance
constexpr double kMultiple = 0.05;       // how near a gap must be to a whole number of distances to be a hole
constexpr double kTilt = 0.5;            // degrees
constexpr double kDegrees = 57.29577951308232;

Vector3 along_row(const SliceHeader& slice) {
  return {slice.orientation[0], slice.orientation[1], slice.orientation[2]};
}

Vector3 along_column(const SliceHeader& slice) {
  return {slice.orientation[3], slice.orientation[4], slice.orientation[5]};
}

Vector3 normal(const SliceHeader& slice) {
  const Vector3 out = cross(along_row(slice), along_column(slice));
  const double size = length(out);
  return size > 0.0 ? times(out, 1.0 / size) : Vector3{0.0, 0.0, 1.0};
}

std::optional<Placement> placement_of(const SliceStack& stack) {
  const SliceHeader& first = stack.slices.front();
  const std::size_t steps = stack.slices.size() - 1;
  const Vector3 across = steps == 0 ? times(normal(first), stack.step)
                                    : times(minus(stack.slices.back().position, first.position),
                                            1.0 / static_cast<double>(steps));
  return checked(
      {first.position,
       {times(along_row(first), first.spacing[0]), times(along_column(first), first.spacing[1]), across}});
}

std::string name(const SliceHeader& slice) { return slice.file.filename().string(); }

std::string millimetres(double value) { return core::significant(value) + " mm"; }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

SliceStack with_problem(Slices slices, std::string problem) {
  SliceStack out;
  out.slices = std::move(slices);
  out.problem = std::move(problem);
  return out;
}

bool same_direction(const SliceHeader& a, const SliceHeader& b) {
  for (std::size_t i = 0; i < a.orientation.size(); ++i) {
    if (std::abs(a.orientation[i] - b.orientation[i]) > kSameDirection) return false;
  }
  return true;
}

std::vector<Slices> by_orientation(const Slices& slices) {
  std::vector<Slices> out;
  for (const SliceHeader& slice : slices) {
    const auto found =
        std::ranges::find_if(out, [&](const Slices& s) { return same_direction(s.front(), slice); });
    if (found == out.end()) {
      out.push_back({slice});
    } else {
      found->push_back(slice);
    }
  }
  return out;
}

// What the images say themselves makes them no volume; empty when nothing does.
std::string contradiction(const Slices& slices) {
  std::map<std::string, const SliceHeader*> seen;
  for (const SliceHeader& slice : slices) {
    const auto [at, is_new] = seen.emplace(slice.instance, &slice);
    if (!is_new) return name(*at->second) + " and " + name(slice) + " are the same image";
    if (slice.rows != slices.front().rows || slice.columns != slices.front().columns) {
      const auto size = [](const SliceHeader& s) {
        return std::to_string(s.columns) + " x " + std::to_string(s.rows);
      };
      return "slices of one series have different sizes: " + name(slices.front()) + " " +
             size(slices.front()) + ", " + name(slice) + " " + size(slice);
    }
  }
  return {};
}

void sort_by_place(Slices& slices) {
  const Vector3 direction = normal(slices.front());
  std::ranges::stable_sort(slices, [&](const SliceHeader& a, const SliceHeader& b) {
    const double difference = dot(a.position, direction) - dot(b.position, direction);
    return std::abs(difference) > kSamePlace ? difference < 0.0 : a.number < b.number;
  });
}

// Slices at one place, for every place; `slices` are sorted.
std::vector<Slices> by_place(const Slices& slices) {
  const Vector3 direction = normal(slices.front());
  std::vector<Slices> out;
  for (const SliceHeader& slice : slices) {
    if (out.empty() || dot(minus(slice.position, out.back().front().position), direction) > kSamePlace)
      out.emplace_back();
    out.back().push_back(slice);
  }
  return out;
}

// The volumes that lie at the same places; one that is not complete is left as it is and shows as a problem
// later.
std::vector<Slices> by_volume(const Slices& slices) {
  const std::vector<Slices> places = by_place(slices);
  if (places.size() == slices.size() || places.size() == 1) return {slices};
  std::map<std::string, Slices> kinds;
  for (const SliceHeader& slice : slices) kinds[slice.kind].push_back(slice);
  const bool kinds_tell = std::ranges::all_of(kinds, [&](const auto& entry) {
    return by_place(entry.second).size() == entry.second.size() &&
           entry.second.size() == kinds.begin()->second.size();
  });
  std::vector<Slices> out;
  if (kinds_tell) {
    for (auto& [kind, volume] : kinds) out.push_back(std::move(volume));
    return out;
  }
  const std::size_t times = places.front().size();
  if (std::ranges::any_of(places, [&](const Slices& place) { return place.size() != times; }))
    return {slices};
  out.resize(times);
  for (const Slices& place : places) {
    for (std::size_t i = 0; i < times; ++i) out[i].push_back(place[i]);
  }
  return out;
}

// A gap of several distances is a hole where the images are numbered as if something were there.
bool is_hole(double gap, double step, int number_step, int usual_number_step) {
  const double steps = gap / step;
  return steps > 1.5 && std::abs(steps - std::round(steps)) < kMultiple &&
         (number_step != usual_number_step || usual_number_step == 0);
}

void check_distances(SliceStack& stack) {
  const Slices& slices = stack.slices;
  const Vector3 direction = normal(slices.front());
  std::vector<double> gaps;
  std::vector<double> numbers;
  for (std::size_t i = 1; i < slices.size(); ++i) {
    gaps.push_back(dot(minus(slices[i].position, slices[i - 1].position), direction));
    numbers.push_back(std::abs(slices[i].number - slices[i - 1].number));
  }
  stack.step = median(gaps);
  const double usual = median(numbers);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    if (gaps[i] <= kSamePlace) {
      stack.problem = name(slices[i]) + " and " + name(slices[i + 1]) + " lie at the same place";
      return;
    }
    if (is_hole(gaps[i], stack.step, static_cast<int>(numbers[i]), static_cast<int>(usual))) {
      stack.problem = "a slice is missing between " + name(slices[i]) + " and " + name(slices[i + 1]) + " (" +
                      millimetres(gaps[i]) + " apart, others " + millimetres(stack.step) + ")";
      return;
    }
  }
  const auto [least, most] = std::ranges::minmax(gaps);
  if (most - least > std::max(kSamePlace, kEven * stack.step)) {
    stack.step = std::accumulate(gaps.begin(), gaps.end(), 0.0) / static_cast<double>(gaps.size());
    stack.notes.push_back("its slices are unevenly spaced, " + millimetres(least) + " to " +
                          millimetres(most) + ", and were left so; of a volume in one file the mean, " +
                          millimetres(stack.step) + ", is stated");
  }
  const Vector3 along = minus(slices.back().position, slices.front().position);
  const double angle = std::acos(std::min(1.0, dot(along, direction) / length(along))) * kDegrees;
  if (angle > kTilt) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(),
                  "its slices are sheared by %.1f degrees (gantry tilt) and were left so", angle);
    stack.notes.emplace_back(text.data());
  }
}

}  // namespace

std::vector<SliceStack> stack_slices(Slices slices) {
  std::string problem = contradiction(slices);
  if (!problem.empty()) return {with_problem(std::move(slices), std::move(problem))};
  std::vector<Slices> planes = by_orientation(slices);
  const auto smaller = [](const Slices& a, const Slices& b) { return a.size() < b.size(); };
  const auto [least, most] = std::ranges::minmax_element(planes, smaller);
  if (least->size() == 1 && most->size() > 2) {
    problem = name(least->front()) + " lies in another plane than the other slices of its series";
    return {with_problem(std::move(slices), std::move(problem))};
  }
  std::vector<SliceStack> out;
  for (Slices& plane : planes) {
    sort_by_place(plane);
    for (Slices& volume : by_volume(plane)) {
      SliceStack stack;
      stack.slices = std::move(volume);
      stack.step = stack.slices.front().spacing[2];
      if (stack.slices.size() > 1) check_distances(stack);
      stack.placement = placement_of(stack);
      out.push_back(std::move(stack));
    }
  }
  return out;
}

}  // namespace aedenoise::io
