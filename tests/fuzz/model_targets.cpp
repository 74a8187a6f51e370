// What a run finds on disk from earlier ones: models, their architecture, checkpoints, indices, manifests.
#include <array>

#include "fuzz/target.h"
#include "model/architecture.h"
#include "model/model_file.h"
#include "model/small_coding.h"
#include "pipeline/checkpoint.h"
#include "pipeline/code_index.h"
#include "pipeline/manifest.h"

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;

model::Architecture tiny(const std::string& kind) {
  model::Architecture a;
  a.kind = kind;
  a.widths = {2, 3};
  a.blocks = {0, 1};
  a.code = kind == "codec" ? 3 : 0;
  a.shuffle = 1;
  return a;
}

Bytes model_of(const model::Architecture& a, nn::Storage storage) {
  const std::int64_t side = model::size_multiple(a);
  nn::Weights weights = nn::initial_weights(model::build(a), model::input_shapes(a, 1, side, side), 1);
  weights.metadata["architecture"] = model::to_json(a);
  return nn::write_safetensors(weights, storage);
}

std::vector<Bytes> model_seeds() {
  return {model_of(tiny("denoising"), nn::Storage::f16), model_of(tiny("codec"), nn::Storage::f32),
          model_of(test::small("undercomplete", "relu", {4}), nn::Storage::f32)};
}

bool run_model(const Bytes& bytes) {
  nn::Weights weights;
  if (attempt([&] { weights = nn::read_safetensors(bytes, kSmall.max_input_bytes); })) {
    const nn::Weights again = nn::read_safetensors(nn::write_safetensors(weights, nn::Storage::f32));
    expect(again.metadata == weights.metadata && again.tensors.size() == weights.tensors.size(),
           "written and read, it is another");
  }
  return attempt([&] { model::load_model(put("m.safetensors", bytes).string()); });
}

std::vector<Bytes> architecture_seeds() {
  std::vector<Bytes> seeds;
  for (const char* kind : {"denoising", "codec"}) seeds.push_back(bytes_of(model::to_json(tiny(kind))));
  for (const char* kind : {"undercomplete", "contractive", "vae"})
    seeds.push_back(bytes_of(model::to_json(test::small(kind, "relu", {4, 5}))));
  for (const char* kind : {"sparse", "jumprelu"})
    seeds.push_back(bytes_of(model::to_json(test::small(kind, "relu", {}, 9))));
  model::Architecture images = test::small("undercomplete", "relu", {4, 8});
  images.coding.convolutional = true;
  images.coding.sample = {1, 8, 8};
  seeds.push_back(bytes_of(model::to_json(images)));
  return seeds;
}

bool run_architecture(const Bytes& bytes) {
  return attempt([&] {
    const model::Architecture a = model::architecture_from_json({bytes.begin(), bytes.end()});
    const std::string text = model::to_json(a);
    expect(model::to_json(model::architecture_from_json(text)) == text, "written and read, it is another");
    const std::int64_t side = model::size_multiple(a);
    const nn::Graph graph = model::build(a);
    const std::vector<nn::Shape> shapes = model::input_shapes(a, 1, side, side);
    attempt([&] { nn::check_weights({}, graph, shapes); });
  });
}

std::vector<Bytes> checkpoint_seeds() {
  pipeline::TrainState state;
  state.options = R"({"seed":1})";
  state.step = 3;
  state.parameters = state.average = state.best = {1.0F, 2.0F};
  state.moments = {{0.5F, 0.25F}};
  state.task = {7.0F};
  state.curve = {{1, 0.1, 1e-3, 0.25, 30.0}, {2, 0.2, 1e-4, 0.5, 31.0}};
  const fs::path path = put("seed", {});
  pipeline::write_checkpoint(state, path);
  return {core::read_file(path, kSmall.max_input_bytes)};
}

bool run_checkpoint(const Bytes& bytes) {
  return attempt([&] {
    const pipeline::TrainState state = pipeline::read_checkpoint(put("checkpoint", bytes));
    const fs::path copy = put("checkpoint2", {});
    pipeline::write_checkpoint(state, copy);
    const pipeline::TrainState again = pipeline::read_checkpoint(copy);
    expect(again.step == state.step && again.curve.size() == state.curve.size() &&
               again.parameters == state.parameters && again.moments == state.moments,
           "written and read, it is another");
  });
}

std::vector<Bytes> index_seeds() {
  pipeline::CodeIndex index;
  index.model = "abc";
  index.samples.count = 2;
  index.samples.sizes = {1, 2, 2};
  index.samples.names = {"a.png", "b.png"};
  index.samples.values = {1, 2, 3, 4, 5, 6, 7, 8};
  index.size = 3;
  index.codes = {1, 2, 3, 4, 5, 6};
  const fs::path path = put("seed.index", {});
  pipeline::write_index(path, index);
  return {core::read_file(path, kSmall.max_input_bytes)};
}

bool run_index(const Bytes& bytes) {
  return attempt([&] {
    const pipeline::CodeIndex index = pipeline::read_index(put("a.index", bytes), "abc");
    const auto count = static_cast<std::size_t>(index.samples.count);
    expect(index.codes.size() == count * static_cast<std::size_t>(index.size),
           "not as many codes as samples");
    for (std::int64_t i = 0; i < index.samples.count; ++i) {
      index.samples.name(i);
      index.samples.sample(i);
    }
  });
}

constexpr const char* kManifest = ".aedenoise.jsonl";

std::vector<Bytes> manifest_seeds() {
  const fs::path output = put("folder/a.png", bytes_of("pixels"));
  const fs::path path = put(std::string("folder/") + kManifest, {});
  {
    pipeline::Manifest manifest(path.parent_path(), {});
    manifest.add("key", {output}, {{"sigma", 2.5}});
    manifest.add("other key", {output}, {{"notes", {"a", "b"}}});
  }
  return {core::read_file(path, kSmall.max_input_bytes)};
}

bool run_manifest(const Bytes& bytes) {
  attempt([&] {
    const fs::path output = put("folder/a.png", bytes_of("pixels"));
    const fs::path path = put(std::string("folder/") + kManifest, bytes);
    pipeline::Manifest manifest(path.parent_path(), {});
    manifest.find("key", {output});
    manifest.add("key", {output}, {{"sigma", 2.5}});
  });
  const fs::path path = put("folder/a.png", bytes_of("pixels"));
  const pipeline::Manifest again(path.parent_path(), {});
  expect(again.find("key", {path}).has_value(), "what was added is not found");
  return true;
}

constexpr std::array kModelTargets{
    Target{"model", model_seeds, run_model}, Target{"architecture", architecture_seeds, run_architecture},
    Target{"checkpoint", checkpoint_seeds, run_checkpoint}, Target{"index", index_seeds, run_index},
    Target{"manifest", manifest_seeds, run_manifest}};

}  // namespace

std::span<const Target> model_targets() { return kModelTargets; }

}  // namespace aedenoise::fuzz
