// The two things `aedenoise inspect` can look at; each prints for a person and gives the same as JSON.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "io/format.h"
#include "model/model_file.h"
#include "nn/program.h"
#include "report/json.h"

namespace aedenoise::cli {

struct Inspection {
  std::string text;
  report::Json json;
};

// `with_graph`: also the compiled network, with the layouts and implementations chosen.
Inspection inspect_model(const model::ModelFile& file, bool with_graph, nn::Precision precision);

Inspection inspect_image(const io::Document& document);

}  // namespace aedenoise::cli
