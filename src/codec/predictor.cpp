#include "codec/predictor.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace aedenoise::codec {

template <int kTaps>
void AdaptiveLinear<kTaps>::update(const Inputs& inputs, std::int32_t error) {
  std::int64_t energy = 64;
  for (int i = 0; i < kTaps; ++i) energy += std::int64_t{inputs[i]} * inputs[i];
  // 16 bits after the point of weights, kFraction of which the error has.
  const std::int64_t gain = std::clamp<std::int64_t>(
      (std::int64_t{error} << (36 - rate_shift_ - kFraction)) / energy, -(1 << 30), 1 << 30);
  for (int i = 0; i < kTaps; ++i) {
    const auto delta = static_cast<std::int32_t>((gain * inputs[i]) >> 20);
    weights_[i] = std::clamp(weights_[i] + delta, -kMaxWeight, kMaxWeight);
  }
}

PlanePredictor::PlanePredictor(const Grid& plane, std::span<const Grid* const> references,
                               const Grid* reference_errors, std::int32_t low, std::int32_t high)
    : plane_(plane),
      references_(references),
      reference_errors_(reference_errors),
      low_(low),
      high_(high),
      errors_(plane.width(), plane.height()),
      expert_errors_{errors_, errors_, errors_, errors_, errors_, errors_, errors_, errors_},
      slow_(9),
      fast_(7),
      nimble_(6),
      biases_(2UL * kBiases) {
  for (auto* linear : {&slow_, &fast_}) {
    linear->weight(0) = 20000;
    linear->weight(1) = 20000;
    linear->weight(2) = -16000;
    linear->weight(3) = 10000;
  }
}

void PlanePredictor::begin_row(int y) {
  y_ = y;
  row_ = plane_.row(y);
}

void PlanePredictor::gather(int x) {
  const std::int32_t* here = row_ + x;
  const std::int32_t* n = here - plane_.stride();
  const std::int32_t* nn = n - plane_.stride();
  base_ = (here[-1] + n[0] + 1) >> 1;
  auto& in = large_inputs_;
  in = {here[-1], n[0], n[-1], n[1], here[-2], nn[0], n[2], nn[1], nn[-1], n[-2], here[-3], nn[2]};
  for (int i = 0; i < kOwn; ++i) in[i] -= base_;
  int at = kOwn;
  if (!references_.empty()) {
    const Grid& grid = *references_[0];
    const std::int32_t* p = grid.row(y_) + x;
    const std::int32_t* above = p - grid.stride();
    const std::int32_t* below = p + grid.stride();
    const std::int32_t base = (p[-1] + above[0] + 1) >> 1;
    for (const std::int32_t v :
         {p[0], p[-1], p[1], above[0], above[-1], above[1], below[0], below[-1], below[1]})
      in[at++] = v - base;
    in[at++] = p[2] - base;
    if (references_.size() > 1) {
      const std::int32_t* q = references_[1]->row(y_) + x;
      const std::int32_t second = (q[-1] + (q - references_[1]->stride())[0] + 1) >> 1;
      in[at++] = q[0] - second;
      in[at++] = q[1] - second;
    }
  }
  for (int i = 0; i < 6; ++i) small_inputs_[i] = in[i];
  small_inputs_[6] = in[kOwn];
  small_inputs_[7] = in[kOwn + 6];
}

std::int32_t PlanePredictor::blend(int x) {
  const std::int32_t* here = row_ + x;
  const std::int32_t* above = here - plane_.stride();
  const std::int32_t w = here[-1];
  const std::int32_t n = above[0];
  const std::int32_t nw = above[-1];
  const std::int32_t ne = above[1];
  const std::int32_t median = std::clamp(w + n - nw, std::min(w, n), std::max(w, n));
  const std::int32_t base = base_ << kFraction;
  const bool has_reference = !references_.empty();
  const std::int32_t* p = has_reference ? references_[0]->row(y_) + x : here;
  const std::int32_t* p_above = has_reference ? p - references_[0]->stride() : above;
  guesses_ = {median << kFraction,
              ((w + n) << (kFraction - 1)) + ((ne - nw) << (kFraction - 2)),
              base + slow_.predict(large_inputs_),
              base + fast_.predict(large_inputs_),
              base + nimble_.predict(small_inputs_),
              has_reference ? (p[0] << kFraction) : (n << kFraction),
              has_reference ? ((2 * p[0] + w - p[-1] + n - p_above[0]) << (kFraction - 1))
                            : ((w + ne - n) << kFraction),
              w << kFraction};
  std::int64_t sum = 0;
  std::int64_t weights = 0;
  const std::int32_t low = low_ * (1 << kFraction);
  const std::int32_t high = high_ * (1 << kFraction);
  for (int i = 0; i < kExperts; ++i) {
    guesses_[i] = std::clamp(guesses_[i], low, high);
    const Grid& grid = expert_errors_[i];
    const std::int32_t* e = grid.row(y_) + x;
    const std::int32_t* e_above = e - grid.stride();
    const std::int64_t error = 2 * (std::int64_t{e[-1]} + e_above[0]) + e_above[-1] + e_above[1] + e[-2] +
                               (e_above - grid.stride())[0] + 2;
    const std::int64_t inverse = (std::int64_t{1} << 40) / (error * error + 16);
    const std::int64_t weight = ((inverse >> 12) * (inverse >> 12) >> 24) + 1;
    sum += weight * (guesses_[i] - base);
    weights += weight;
  }
  return base + static_cast<std::int32_t>(sum / weights);
}

namespace {
int quantised(std::int32_t value, std::int32_t unit) {
  const std::int32_t magnitude = std::abs(value);
  const int level = magnitude * 2 < unit ? 0 : magnitude < unit * 2 ? 1 : 2;
  return value < 0 ? 2 - level : 2 + level;
}
}  // namespace

Prediction PlanePredictor::predict(int x) {
  gather(x);
  blended_ = blend(x);
  const std::int32_t* here = row_ + x;
  const std::int32_t* n = here - plane_.stride();
  const std::int32_t* nn = n - plane_.stride();
  const std::int32_t* e = errors_.row(y_) + x;
  const std::int32_t* e_n = e - errors_.stride();
  Prediction out;
  out.errors = {e[-1], e_n[0], e_n[-1], e_n[1]};
  const std::int32_t rough = std::abs(here[-1] - n[-1]) + std::abs(n[0] - n[-1]) + std::abs(n[1] - n[0]);
  const std::int64_t errors = 3 * (std::int64_t{std::abs(e[-1])} + std::abs(e_n[0])) +
                              2 * (std::int64_t{std::abs(e_n[-1])} + std::abs(e_n[1])) + std::abs(e[-2]) +
                              std::abs((e_n - errors_.stride())[0]) + std::abs(e_n[2]) + std::abs(e_n[-2]);
  if (reference_errors_ != nullptr) {
    const std::int32_t* r = reference_errors_->row(y_) + x;
    out.reference_error =
        (2 * std::abs(r[0]) + std::abs(r[1]) + std::abs((r + reference_errors_->stride())[0])) / 4;
  }
  out.activity = static_cast<std::int32_t>((errors * 5 + (rough << kFraction)) / 70);
  for (const std::int32_t v : {here[-1], n[0], n[-1], n[1], here[-2], nn[0]}) {
    out.texture = out.texture << 1U | static_cast<std::uint32_t>(v * (1 << kFraction) > blended_);
  }
  const std::int32_t unit = out.activity + 4;
  const auto level = static_cast<std::uint32_t>(
      std::min(7, static_cast<int>(std::bit_width(static_cast<std::uint32_t>(out.activity))) / 2));
  bias_at_[0] = (out.texture << 3U | level) & (kBiases - 1);
  std::uint32_t directions = 0;
  for (const std::int32_t error : out.errors)
    directions = directions * 5 + static_cast<std::uint32_t>(quantised(error, unit));
  bias_at_[1] =
      kBiases + directions * 3 + static_cast<std::uint32_t>(quantised(guesses_[2] - blended_, unit / 4) / 2);
  std::int32_t correction = 0;
  for (const std::uint32_t at : bias_at_) correction += biases_[at].sum / (biases_[at].count + 2);
  out.value = std::clamp(blended_ + correction / 2, low_ * (1 << kFraction), high_ * (1 << kFraction));
  out.against = {guesses_[3] - out.value, guesses_[0] - out.value};
  return out;
}

void PlanePredictor::learn(int x, std::int32_t value) {
  const std::int32_t truth = value * (1 << kFraction);
  for (const std::uint32_t at : bias_at_) {
    Bias& bias = biases_[at];
    bias.sum += truth - blended_;
    if (++bias.count >= 128) {
      bias.sum /= 2;
      bias.count /= 2;
    }
  }
  const std::int32_t base = base_ * (1 << kFraction);
  slow_.update(large_inputs_, truth - base - slow_.predict(large_inputs_));
  fast_.update(large_inputs_, truth - base - fast_.predict(large_inputs_));
  nimble_.update(small_inputs_, truth - base - nimble_.predict(small_inputs_));
  for (int i = 0; i < kExperts; ++i) {
    std::int32_t* row = expert_errors_[i].row(y_);
    row[x] = std::abs(truth - guesses_[i]);
    if (x == plane_.width() - 1) row[x + 1] = row[x];
  }
  std::int32_t* row = errors_.row(y_);
  row[x] = truth - blended_;
  if (x == plane_.width() - 1) row[x + 1] = row[x];
}

template class AdaptiveLinear<24>;
template class AdaptiveLinear<8>;

}  // namespace aedenoise::codec
