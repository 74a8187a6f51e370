#include "pipeline/coding_measures.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"
#include "core/rng.h"

namespace aedenoise::pipeline {
namespace {

// log p(x|z) of one sample.
class Likelihood {
 public:
  explicit Likelihood(const Coder& coder)
      : scale_(coder.scale()), bernoulli_(coder.architecture().coding.loss == "bce") {
    if (bernoulli_) return;
    variance_ = coder.file().number("likelihood_variance").value_or(0.0);
    if (!(variance_ > 0.0)) {
      throw Error(ErrorCode::data, coder.file().title() + ": the model lacks its likelihood's variance");
    }
    variance_ /= scale_.scale * scale_.scale;
  }

  // `raw`: what the network gives, `x`: the sample in its own units.
  double log_density(std::span<const float> raw, std::span<const float> x) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto r = static_cast<double>(raw[i]);
      const auto v = static_cast<double>(x[i]);
      if (bernoulli_) {
        sum += v * r - std::max(r, 0.0) - std::log1p(std::exp(-std::abs(r)));
      } else {
        const double d = r / scale_.scale + scale_.shift - v;
        sum -= 0.5 * (d * d / variance_ + std::log(2.0 * std::numbers::pi * variance_));
      }
    }
    return sum;
  }

 private:
  SampleScale scale_;
  bool bernoulli_;
  double variance_ = 0.0;  // of the Gaussian otherwise
};

double log_mean_exp(const std::vector<double>& values) {
  const double most = *std::ranges::max_element(values);
  double sum = 0.0;
  for (const double value : values) sum += std::exp(value - most);
  return most + std::log(sum / static_cast<double>(values.size()));
}

}  // namespace

Evidence evidence(Coder& coder, const Samples& samples, std::int64_t draws, std::uint64_t seed) {
  const Likelihood likelihood(coder);
  const auto [mean, log_variance] = coder.posterior(samples.values);
  const auto size = static_cast<std::size_t>(coder.code_size());
  const std::int64_t per_sample = std::max<std::int64_t>(1, draws);
  // So many samples at a time that their codes fill a few batches.
  const std::int64_t block = std::max<std::int64_t>(1, 1024 / per_sample);
  Evidence out;
  out.draws = draws;
  for (std::int64_t first = 0; first < samples.count; first += block) {
    const std::int64_t count = std::min(block, samples.count - first);
    std::vector<float> codes(static_cast<std::size_t>(count * per_sample) * size);
    std::vector<double> weights(static_cast<std::size_t>(count * per_sample), 0.0);  // log p(z) - log q(z|x)
    for (std::int64_t i = 0; i < count; ++i) {
      core::Rng rng(seed, static_cast<std::uint64_t>(first + i));
      std::vector<float> noise(static_cast<std::size_t>(per_sample) * size);
      rng.fill_normal(noise.data(), static_cast<std::int64_t>(noise.size()));
      const std::size_t row = static_cast<std::size_t>(first + i) * size;
      for (std::size_t d = 0; d < size; ++d) {
        const auto m = static_cast<double>(mean[row + d]);
        const auto l = static_cast<double>(log_variance[row + d]);
        out.divergence += 0.5 * (m * m + std::exp(l) - 1.0 - l);
      }
      for (std::size_t k = 0; k < noise.size(); ++k) {
        const std::size_t d = k % size;
        const auto e = static_cast<double>(noise[k]);
        const auto l = static_cast<double>(log_variance[row + d]);
        const double z = static_cast<double>(mean[row + d]) + std::exp(0.5 * l) * e;
        codes[static_cast<std::size_t>(i * per_sample) * size + k] = static_cast<float>(z);
        weights[static_cast<std::size_t>(i * per_sample) + k / size] += 0.5 * (e * e + l - z * z);
      }
    }
    const std::vector<float> raw = coder.decode_raw(codes);
    const auto values = static_cast<std::size_t>(samples.sample_values());
    for (std::int64_t i = 0; i < count; ++i) {
      std::vector<double> log_weights;
      for (std::int64_t k = 0; k < per_sample; ++k) {
        const auto index = static_cast<std::size_t>(i * per_sample + k);
        const double density =
            likelihood.log_density(std::span(raw).subspan(index * values, values), samples.sample(first + i));
        if (k == 0) out.elbo += density;
        log_weights.push_back(density + weights[index]);
      }
      if (draws > 0) out.iw_nll -= log_mean_exp(log_weights);
    }
  }
  const auto total = static_cast<double>(samples.count);
  out.divergence /= total;
  out.elbo = out.elbo / total - out.divergence;
  out.iw_nll /= total;
  return out;
}

double jacobian_norm(Coder& coder, const Samples& samples, std::int64_t probes, std::uint64_t seed) {
  constexpr double kStep = 1e-3;
  const std::vector<float> here = coder.scaled(samples.values);
  double sum = 0.0;
  for (std::int64_t probe = 0; probe < probes; ++probe) {
    std::vector<float> ahead(here);
    std::vector<float> behind(here);
    core::Rng rng(seed, static_cast<std::uint64_t>(probe));
    for (std::size_t k = 0; k < ahead.size(); ++k) {
      const auto move = static_cast<float>((rng.next_u32() & 1U) != 0 ? kStep : -kStep);
      ahead[k] += move;
      behind[k] -= move;
    }
    const std::vector<float> a = coder.encode_scaled(ahead);
    const std::vector<float> b = coder.encode_scaled(behind);
    for (std::size_t k = 0; k < a.size(); ++k)
      sum += std::pow((static_cast<double>(a[k]) - static_cast<double>(b[k])) / (2.0 * kStep), 2.0);
  }
  return std::sqrt(sum / static_cast<double>(probes * samples.count));
}

}  // namespace aedenoise::pipeline
