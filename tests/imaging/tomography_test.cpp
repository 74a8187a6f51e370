// Projection and filtered back-projection against what is known of discs, and noise made with them.
#include "imaging/tomography.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <random>

#include "aedenoise/error.h"
#include "imaging/noise.h"

namespace aedenoise::imaging {
namespace {

struct Disc {
  double x = 0.0;  // from the middle of the slice
  double y = 0.0;
  double radius = 1.0;
};

// The share of each pixel that the disc covers.
std::vector<float> drawn(const Disc& disc, int height, int width) {
  constexpr int kFine = 8;
  std::vector<float> out;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      int inside = 0;
      for (int i = 0; i < kFine * kFine; ++i) {
        const double y = row - 0.5 * height + (i / kFine + 0.5) / kFine - disc.y;
        const double x = column - 0.5 * width + (i % kFine + 0.5) / kFine - disc.x;
        inside += x * x + y * y < disc.radius * disc.radius ? 1 : 0;
      }
      out.push_back(static_cast<float>(inside) / (kFine * kFine));
    }
  }
  return out;
}

double distance(const Disc& disc, int row, int column, int height, int width) {
  return std::hypot(row - 0.5 * (height - 1) - disc.y, column - 0.5 * (width - 1) - disc.x);
}

// Water in air, in HU.
std::vector<float> water(const Disc& disc, int height, int width) {
  std::vector<float> out = drawn(disc, height, width);
  for (float& value : out) value = 1000.0F * value - 1000.0F;
  return out;
}

// Mean power of the middle 64x64 pixels of square slices by frequency, in periods per pixel.
class Spectrum {
 public:
  void add(const std::vector<float>& slice, int side) {
    std::vector<Value> turn;
    for (int k = 0; k < kSliceSide; ++k)
      turn.push_back(std::polar(1.0, -2.0 * std::numbers::pi * k / kSliceSide));
    std::vector<Value> rows(kSliceSide * kSliceSide);
    const int first = (side - kSliceSide) / 2;
    for (int y = 0; y < kSliceSide; ++y) {
      for (int x = 0; x < kSliceSide; ++x) {
        // A window keeps what is strong from leaking into what is weak.
        const double window = std::sin(std::numbers::pi * (x + 0.5) / kSliceSide) *
                              std::sin(std::numbers::pi * (y + 0.5) / kSliceSide);
        const double value = window * static_cast<double>(slice[index(first + y, first + x, side)]);
        for (int k = 0; k < kSliceSide; ++k) rows[index(y, k)] += value * turn[index(0, k * x % kSliceSide)];
      }
    }
    for (int j = 0; j < kSliceSide; ++j) {
      for (int k = 0; k < kSliceSide; ++k) {
        Value value;
        for (int y = 0; y < kSliceSide; ++y) value += rows[index(y, k)] * turn[index(0, j * y % kSliceSide)];
        power_[index(j, k)] += std::norm(value);
      }
    }
  }

  double between(double low, double high) const {
    double sum = 0.0;
    int count = 0;
    for (int j = 0; j < kSliceSide; ++j) {
      for (int k = 0; k < kSliceSide; ++k) {
        const double f = std::hypot(std::min(j, kSliceSide - j), std::min(k, kSliceSide - k)) / kSliceSide;
        if (f < low || f >= high) continue;
        sum += power_[index(j, k)];
        ++count;
      }
    }
    return sum / count;
  }

 private:
  using Value = std::complex<double>;
  static constexpr int kSliceSide = 64;
  static std::size_t index(int row, int column, int width = kSliceSide) {
    return static_cast<std::size_t>(row * width + column);
  }
  std::vector<double> power_ = std::vector<double>(kSliceSide * kSliceSide);
};

// Root mean square where the disc's distance is between `from` and `to`.
double level(const std::vector<float>& slice, const Disc& disc, int height, int width, double from,
             double to) {
  double sum = 0.0;
  int count = 0;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double d = distance(disc, row, column, height, width);
      if (d < from || d >= to) continue;
      const auto value = static_cast<double>(slice[static_cast<std::size_t>(row * width + column)]);
      sum += value * value;
      ++count;
    }
  }
  return std::sqrt(sum / count);
}

TEST(Tomography, ADiscCastsItsChords) {
  constexpr int kHeight = 150;
  constexpr int kWidth = 190;
  const Disc disc{17.3, -8.6, 51.4};
  const std::vector<float> slice = drawn(disc, kHeight, kWidth);
  double mass = 0.0;
  for (const float value : slice) mass += static_cast<double>(value);
  const ParallelBeam beam(kHeight, kWidth, 37);
  const std::vector<float> rays = project(slice, beam);
  ASSERT_EQ(rays.size(), beam.rays());
  for (int view = 0; view < beam.views; ++view) {
    const double centre = disc.x * std::cos(beam.angle(view)) + disc.y * std::sin(beam.angle(view));
    double sum = 0.0;
    for (int bin = 0; bin < beam.bins; ++bin) {
      const auto found = static_cast<double>(rays[static_cast<std::size_t>(view * beam.bins + bin)]);
      const double t = bin - 0.5 * (beam.bins - 1) - centre;
      sum += found;
      if (std::abs(t) < disc.radius - 3.0) {
        const double chord = 2.0 * std::sqrt(disc.radius * disc.radius - t * t);
        EXPECT_NEAR(found, chord, 0.02 * chord) << "view " << view << ", bin " << bin;
      } else if (std::abs(t) > disc.radius + 1.5) {
        EXPECT_NEAR(found, 0.0, 1e-4) << "view " << view << ", bin " << bin;
      }
    }
    EXPECT_NEAR(sum, mass, 0.003 * mass) << "view " << view;
  }
}

TEST(Tomography, ADiscComesBackFromItsChords) {
  constexpr int kHeight = 150;
  constexpr int kWidth = 190;
  const Disc disc{17.3, -8.6, 51.4};
  const ParallelBeam beam(kHeight, kWidth, 300);
  std::vector<float> chords;
  for (int view = 0; view < beam.views; ++view) {
    const double centre = disc.x * std::cos(beam.angle(view)) + disc.y * std::sin(beam.angle(view));
    for (int bin = 0; bin < beam.bins; ++bin) {
      const double t = bin - 0.5 * (beam.bins - 1) - centre;
      const double square = disc.radius * disc.radius - t * t;
      chords.push_back(static_cast<float>(square > 0.0 ? 2.0 * std::sqrt(square) : 0.0));
    }
  }
  for (const double cutoff : {0.6, 1.0, 1.5}) {
    const std::vector<float> slice = back_project(chords, beam, cutoff);
    ASSERT_EQ(slice.size(), beam.pixels());
    double sum = 0.0;
    int count = 0;
    for (int row = 0; row < kHeight; ++row) {
      for (int column = 0; column < kWidth; ++column) {
        const auto value = static_cast<double>(slice[static_cast<std::size_t>(row * kWidth + column)]);
        const double d = distance(disc, row, column, kHeight, kWidth);
        if (d > disc.radius + 6.0) {
          ASSERT_NEAR(value, 0.0, 0.05) << row << ", " << column << ", " << cutoff;
        }
        if (d > disc.radius - 6.0) continue;
        ASSERT_NEAR(value, 1.0, 0.03) << row << ", " << column << ", " << cutoff;
        sum += value;
        ++count;
      }
    }
    EXPECT_NEAR(sum / count, 1.0, 0.002) << cutoff;
  }
}

// White noise in projections has the power |f| window(f)^2 in the slice, times what linear interpolation
// between bins leaves.
TEST(Tomography, NoiseHasTheSpectrumOfTheFilter) {
  constexpr int kSliceSide = 100;
  const ParallelBeam beam(kSliceSide, kSliceSide, 300);
  core::Rng rng(3);
  for (const double cutoff : {0.7, 1.0}) {
    Spectrum found;
    for (int draw = 0; draw < 6; ++draw) {
      std::vector<float> rays(beam.rays());
      rng.fill_normal(rays.data(), static_cast<std::int64_t>(rays.size()));
      found.add(back_project(rays, beam, cutoff), kSliceSide);
    }
    const auto expected = [&](double f) {
      const double window = 0.5 * (1.0 + std::cos(2.0 * std::numbers::pi * f / cutoff));
      const double interpolation = std::pow(std::sin(std::numbers::pi * f) / (std::numbers::pi * f), 4.0);
      return f * window * window * interpolation;
    };
    const double reference = found.between(0.13, 0.17) / expected(0.15);
    for (const double f : {0.06, 0.1, 0.2, 0.25}) {
      EXPECT_NEAR(found.between(f - 0.02, f + 0.02) / expected(f) / reference, 1.0, 0.2)
          << f << ", " << cutoff;
    }
    EXPECT_LT(found.between(0.0, 0.01), 0.3 * found.between(0.13, 0.17));
  }
}

TEST(CtNoise, HasItsLevelInTheBody) {
  constexpr int kSliceSide = 128;
  const Disc disc{5.0, -3.0, 45.0};
  const std::vector<float> slice = water(disc, kSliceSide, kSliceSide);
  const SliceNoise* noise = noise_model("ct").of_slices();
  ASSERT_NE(noise, nullptr);
  for (const double sharpness : {0.7, 1.3}) {
    core::Rng rng(1, 2);
    const std::vector<float> field = noise->unit_field({slice, kSliceSide, kSliceSide, 2.0}, sharpness, rng);
    EXPECT_NEAR(level(field, disc, kSliceSide, kSliceSide, 0.0, 44.0), 1.0, 0.02);
    core::Rng again(1, 2);
    EXPECT_EQ(field, noise->unit_field({slice, kSliceSide, kSliceSide, 2.0}, sharpness, again));
    EXPECT_NE(field, noise->unit_field({slice, kSliceSide, kSliceSide, 2.0}, sharpness, again));
  }
}

TEST(CtNoise, IsWeakAtLowFrequenciesAndNotWhite) {
  constexpr int kSliceSide = 120;
  const std::vector<float> slice = water({0.0, 0.0, 55.0}, kSliceSide, kSliceSide);
  core::Rng rng(4);
  Spectrum found;
  for (int draw = 0; draw < 4; ++draw) {
    found.add(noise_model("ct").of_slices()->unit_field({slice, kSliceSide, kSliceSide, 0.75}, 1.0, rng),
              kSliceSide);
  }
  const double middle = found.between(0.12, 0.25);
  EXPECT_LT(found.between(0.0, 0.012), 0.2 * middle);
  EXPECT_LT(found.between(0.02, 0.05), 0.6 * middle);
  EXPECT_LT(found.between(0.45, 0.5), 0.1 * middle);
}

// Photons counted one by one, behind a body that is wider than high, their number for each view such that as
// many arrive behind its thickest part.
std::vector<float> counted(const std::vector<float>& slice, int height, int width, double photons,
                           std::uint32_t seed) {
  constexpr double kPerPixel = 0.0192 * 3.0;
  const ParallelBeam beam(height, width, 480);
  std::vector<float> body;
  for (const float value : slice) body.push_back(static_cast<float>(kPerPixel) * (1.0F + 0.001F * value));
  std::vector<float> rays = project(body, beam);
  std::mt19937 engine(seed);
  for (int view = 0; view < beam.views; ++view) {
    const auto bins = std::span(rays).subspan(static_cast<std::size_t>(view * beam.bins),
                                              static_cast<std::size_t>(beam.bins));
    const double sent = photons * std::exp(static_cast<double>(*std::ranges::max_element(bins)));
    for (float& ray : bins) {
      const double expected = sent * std::exp(-static_cast<double>(ray));
      const auto arrived = static_cast<double>(std::poisson_distribution<std::int64_t>(expected)(engine));
      ray = static_cast<float>(-std::log(arrived / expected));
    }
  }
  return back_project(rays, beam, 1.5);
}

TEST(CtNoise, IsThatOfCountedPhotons) {
  constexpr int kHeight = 90;
  constexpr int kWidth = 150;
  const Disc all{0.0, 0.0, 60.0};
  std::vector<float> slice = water({30.0, 0.0, 35.0}, kHeight, kWidth);
  const std::vector<float> other = water({-30.0, 0.0, 35.0}, kHeight, kWidth);
  for (std::size_t i = 0; i < slice.size(); ++i) slice[i] = std::max(slice[i], other[i]);

  const std::vector<float> few = counted(slice, kHeight, kWidth, 400.0, 1);
  const std::vector<float> many = counted(slice, kHeight, kWidth, 1600.0, 2);
  EXPECT_NEAR(level(few, all, kHeight, kWidth, 0.0, 60.0) / level(many, all, kHeight, kWidth, 0.0, 60.0), 2.0,
              0.12);

  core::Rng rng(5);
  const std::vector<float> field =
      noise_model("ct").of_slices()->unit_field({slice, kHeight, kWidth, 3.0}, 1.0, rng);
  const double scale =
      level(many, all, kHeight, kWidth, 0.0, 60.0) / level(field, all, kHeight, kWidth, 0.0, 60.0);
  for (const Disc& part : {Disc{0.0, 0.0, 15.0}, Disc{45.0, 0.0, 15.0}, Disc{-30.0, 30.0, 12.0}}) {
    EXPECT_NEAR(scale * level(field, part, kHeight, kWidth, 0.0, part.radius) /
                    level(many, part, kHeight, kWidth, 0.0, part.radius),
                1.0, 0.12)
        << part.x << ", " << part.y;
  }
}

TEST(CtNoise, PaddingCountsAsAirAndSingleSamplesAreRefused) {
  constexpr int kSliceSide = 96;
  std::vector<float> slice = water({0.0, 0.0, 30.0}, kSliceSide, kSliceSide);
  std::vector<float> padded = slice;
  for (std::size_t i = 0; i < 5 * kSliceSide; ++i) {
    slice[i] = -1000.0F;
    padded[i] = i % 2 == 0 ? NAN : -3000.0F;
  }
  const SliceNoise* noise = noise_model("ct").of_slices();
  core::Rng first(1);
  core::Rng second(1);
  EXPECT_EQ(noise->unit_field({slice, kSliceSide, kSliceSide, 2.0}, 1.0, first),
            noise->unit_field({padded, kSliceSide, kSliceSide, 2.0}, 1.0, second));
  EXPECT_THROW(noise_model("ct").corrupt(slice, 10.0F, 255.0F, first), Error);
}

}  // namespace
}  // namespace aedenoise::imaging
