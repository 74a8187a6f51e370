#include "pipeline/templates.h"

#include <algorithm>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::size_t kMostCodeValues = std::size_t{1} << 28U;
constexpr std::size_t kWindowsAtOnce = 4096;
constexpr std::size_t kUsualWindows = 1024;  // of a template

void append(std::vector<float>& all, const std::vector<float>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Templates::Templates(Coder& coder, std::int64_t stride) : coder_(coder), stride_(stride) {
  reference_.nearest = 1;  // the others are windows beside the one that fits
}

void Templates::add(const Picture& picture) {
  const auto& sizes = coder_.architecture().coding.sample;
  const WindowGrid known(picture, sizes, stride_);
  const std::size_t values = known.places().size() * static_cast<std::size_t>(coder_.code_size());
  if (values > kMostCodeValues - reference_.codes.size()) {
    throw Error(ErrorCode::usage, "the codes of the templates' windows take more than " +
                                      std::to_string(kMostCodeValues * sizeof(float) >> 20U) +
                                      " MiB; use fewer templates or a larger stride");
  }
  for (std::size_t first = 0; first < known.places().size(); first += kWindowsAtOnce) {
    const auto left = known.places().size() - first;
    append(reference_.codes, coder_.encode(known.values(
                                 std::span(known.places()).subspan(first, std::min(kWindowsAtOnce, left)))));
  }

  const WindowGrid between(picture, sizes, stride_, std::max<std::int64_t>(1, stride_ / 2));
  std::vector<WindowGrid::Place> chosen;
  const std::size_t count = std::min(kUsualWindows, between.places().size());
  for (std::size_t i = 0; i < count; ++i)
    chosen.push_back(between.places()[i * between.places().size() / count]);
  append(reference_.held_out_codes, coder_.encode(between.values(chosen)));
}

}  // namespace aedenoise::pipeline
