#include "pipeline/column_scale.h"

#include <gtest/gtest.h>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

// Rows of three: one that varies, one that does not, one of another unit.
Samples unlike() {
  Samples out;
  out.sizes = {3};
  out.count = 4;
  out.values = {1, 7, 1000, 2, 7, 3000, 3, 7, 1000, 4, 7, 3000};
  return out;
}

TEST(ColumnScale, ColumnsGetMeanZeroAndDeviationOneAndBack) {
  Samples samples = unlike();
  const ColumnScale scale = column_scale(samples);
  standardise(scale, samples);
  for (std::size_t column = 0; column < 3; ++column) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = column; i < samples.values.size(); i += 3) {
      sum += static_cast<double>(samples.values[i]);
      squares += static_cast<double>(samples.values[i]) * static_cast<double>(samples.values[i]);
    }
    EXPECT_NEAR(sum, 0.0, 1e-6);
    EXPECT_NEAR(squares / 4.0, column == 1 ? 0.0 : 1.0, 1e-6);
  }
  unstandardise(scale, samples.values);
  for (std::size_t i = 0; i < samples.values.size(); ++i)
    EXPECT_NEAR(samples.values[i], unlike().values[i], 1e-3F);
}

TEST(ColumnScale, SpreadsAreThoseOfColumnsThatVary) {
  const auto found = spreads(unlike());
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->first, 1.118, 1e-3);
  EXPECT_NEAR(found->second, 1000.0, 1e-3);
}

TEST(ColumnScale, AFileSaysItOrIsDamaged) {
  model::ModelFile file;
  EXPECT_FALSE(column_scale_of(file));
  file.weights.metadata[kColumnScale] = to_json(column_scale(unlike()));
  EXPECT_EQ(column_scale_of(file)->means, column_scale(unlike()).means);
  for (const char* text : {"", "7", "{}", R"({"means":[1],"deviations":[0]})",
                           R"({"means":[1],"deviations":[]})", R"({"means":["a"],"deviations":[1]})"}) {
    file.weights.metadata[kColumnScale] = text;
    EXPECT_THROW(column_scale_of(file), Error) << text;
  }
  Samples narrow = unlike();
  narrow.count = 6;  // rows of two
  EXPECT_THROW(standardise(column_scale(unlike()), narrow), Error);
}

}  // namespace
}  // namespace aedenoise::pipeline
