// What coding networks may look like, and that their parts belong together.
#include "model/coding.h"

#include <gtest/gtest.h>

#include <map>

#include "aedenoise/error.h"
#include "model/small_coding.h"

namespace aedenoise::test {
namespace {

using model::Architecture;
using model::Part;

TEST(Coding, WhatDoesNotFitIsRefused) {
  const auto why = [](const Architecture& a) -> std::string {
    try {
      model::validate(a);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return error.what();
    }
    return "accepted";
  };
  Architecture a = small("undercomplete", "relu", {4}, 7);
  EXPECT_EQ(why(a), "accepted");
  a.coding.overcomplete = false;
  EXPECT_EQ(why(a), "a code of 7 values is no smaller than a sample of 7; allow-overcomplete permits it");
  a.code = 0;
  EXPECT_EQ(why(a), "the code needs at least one value");
  a = small("undercomplete", "rellu", {4});
  EXPECT_NE(why(a).find("'relu'"), std::string::npos);
  a = small("undercomplete", "relu", {8});
  a.coding.convolutional = true;
  EXPECT_EQ(why(a), "a convolutional network needs images");
  a.coding.sample = {1, 6, 9};
  EXPECT_EQ(why(a), "1 convolutional layers need sides that are multiples of 2, not 9");
  a = small("vae", "relu", {});
  a.coding.loss = "l1";
  EXPECT_EQ(why(a), "a vae's loss is bce (Bernoulli) or mse (Gaussian), which have a likelihood");
  a = small("sparse", "relu", {});
  a.coding.sparsity = "topk";
  EXPECT_EQ(why(a), "topk needs the number of active features (l0), from 1 to the code's 3");
  a = small("jumprelu", "relu", {4});
  EXPECT_NE(why(a).find("one dense layer in and one out"), std::string::npos);
}

// Parts share parameters by name, and a convolutional decoder gives back the sample's size.
TEST(Coding, PartsOfEveryKindFitTogether) {
  for (const char* kind : {"undercomplete", "sparse", "jumprelu", "contractive", "vae"}) {
    for (const bool convolutional : {false, true}) {
      Architecture a = small(kind, "relu", {});
      a.coding.sample = {1, 8, 12};
      a.coding.convolutional = convolutional;
      if (convolutional && model::family(kind).coding()->sparse()) continue;
      if (convolutional) a.coding.nodes = {4, 6};
      model::validate(a);
      EXPECT_EQ(model::to_json(model::architecture_from_json(model::to_json(a))), model::to_json(a));
      const auto& family = *model::family(kind).coding();
      std::map<std::string, nn::Shape> known;
      const nn::Graph whole = family.build(a, Part::whole);
      const auto shapes = model::coding_shapes(a, whole, 2);
      for (const auto& spec : nn::parameters(whole, shapes)) known[spec.name] = spec.dims;
      const auto results = whole.infer(shapes);
      EXPECT_EQ(results[static_cast<std::size_t>(whole.outputs()[0])], (nn::Shape{2, 1, 8, 12})) << kind;
      EXPECT_EQ(results[static_cast<std::size_t>(whole.outputs()[1])], (nn::Shape{2, 3})) << kind;
      for (const Part part : {Part::training, Part::encoder, Part::decoder}) {
        const nn::Graph graph = family.build(a, part);
        for (const auto& spec : nn::parameters(graph, model::coding_shapes(a, graph, 2)))
          EXPECT_EQ(known.at(spec.name), spec.dims) << kind << " " << spec.name;
      }
    }
  }
}

}  // namespace
}  // namespace aedenoise::test
