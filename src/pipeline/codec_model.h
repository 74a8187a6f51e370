// The learned codec between a model file's float networks and the integers of src/codec.
#pragma once

#include <functional>
#include <memory>

#include "codec/learned.h"
#include "model/model_file.h"

namespace aedenoise::pipeline {

// Tensor of a model file: codec::CodeTables::prior as whole numbers, which every number format holds.
inline constexpr const char* kCodePrior = "reference.code_prior";

// Error{usage} when `file` is not a codec.
void require_codec(const model::ModelFile& file);

// What decodes files coded with `file`, in integers that follow from the stored weights by exact operations:
// weights of each layer times the largest power of two that leaves room for its sums. Error{usage} when it is
// not a codec, Error{data} when its weights are out of range.
codec::LearnedModel learned_model(const model::ModelFile& file);

// The code of a gray picture of one slice; see codec::analyse(). The analysis runs in integers too, so that
// every machine makes the same file. Error{data} when its weights are out of range.
codec::LearnedCode analyse(const model::ModelFile& file, const codec::LearnedModel& model,
                           const codec::Samples& samples);

// The codec a stream names by its hash: `name_or_path` when not empty, else what is built in. Error{usage}
// that says which hash is missing.
codec::LearnedModel find_codec(const codec::ModelHash& hash, const std::string& name_or_path);

}  // namespace aedenoise::pipeline
