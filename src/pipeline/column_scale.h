// Columns of a table brought to like spreads, so that a network learns all of them and not the widest alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/model_file.h"
#include "pipeline/samples.h"

namespace aedenoise::pipeline {

// Key of a model file's metadata: the columns' means and standard deviations, as JSON.
inline constexpr const char* kColumnScale = "sample_columns";

// standardised = (value - mean) / deviation, column by column.
struct ColumnScale {
  std::vector<double> means;
  std::vector<double> deviations;  // > 0; 1 where a column does not vary
};

// Of the samples given, at least one.
ColumnScale column_scale(const Samples& samples);

// Error{data} when the samples have another number of columns.
void standardise(const ColumnScale& scale, Samples& samples);
// Back again, of whole samples.
void unstandardise(const ColumnScale& scale, std::span<float> values);

// Smallest and largest standard deviation of the columns that vary; nothing when none does.
std::optional<std::pair<double, double>> spreads(const Samples& samples);

std::string to_json(const ColumnScale& scale);
// What the file says, if anything. Error{data} when that is damaged.
std::optional<ColumnScale> column_scale_of(const model::ModelFile& file);

}  // namespace aedenoise::pipeline
