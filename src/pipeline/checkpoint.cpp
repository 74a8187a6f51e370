#include "pipeline/checkpoint.h"

#include <nlohmann/json.hpp>

#include "aedenoise/error.h"
#include "core/file.h"
#include "nn/weights.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 34U;
constexpr std::uint64_t kMaxHeader = std::uint64_t{1} << 27U;  // the curve of a million validations

nn::Tensor vector_tensor(const std::vector<float>& values) {
  return {{static_cast<std::int64_t>(values.size())}, values};
}

nlohmann::json record_of(const TrainState& state) {
  nlohmann::json curve = nlohmann::json::array();
  for (const CurvePoint& p : state.curve)
    curve.push_back({p.step, p.loss, p.learning_rate, p.seconds, p.score});
  return {{"step", state.step},   {"seconds", state.seconds},   {"best_score", state.best_score},
          {"stale", state.stale}, {"loss_sum", state.loss_sum}, {"loss_count", state.loss_count},
          {"curve", curve}};
}

void restore_record(const nlohmann::json& record, TrainState& state) {
  state.step = record.at("step").get<std::int64_t>();
  state.seconds = record.at("seconds").get<double>();
  state.best_score = record.at("best_score").get<double>();
  state.stale = record.at("stale").get<int>();
  state.loss_sum = record.at("loss_sum").get<double>();
  state.loss_count = record.at("loss_count").get<std::int64_t>();
  for (const nlohmann::json& p : record.at("curve")) {
    state.curve.push_back({p.at(0).get<std::int64_t>(), p.at(1).get<double>(), p.at(2).get<double>(),
                           p.at(3).get<double>(), p.at(4).get<double>()});
  }
}

}  // namespace

void write_checkpoint(const TrainState& state, const std::filesystem::path& path) {
  nn::Weights file;
  file.metadata["format"] = "aedenoise checkpoint";
  file.metadata["options"] = state.options;
  file.metadata["record"] = record_of(state).dump();
  file.tensors["parameters"] = vector_tensor(state.parameters);
  file.tensors["average"] = vector_tensor(state.average);
  file.tensors["best"] = vector_tensor(state.best);
  for (std::size_t i = 0; i < state.moments.size(); ++i) {
    file.tensors["moment" + std::to_string(i)] = vector_tensor(state.moments[i]);
  }
  if (!state.task.empty()) file.tensors["task"] = vector_tensor(state.task);
  try {
    core::write_file(path, nn::write_safetensors(file, nn::Storage::f32));
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

TrainState read_checkpoint(const std::filesystem::path& path) {
  try {
    const auto bytes = core::read_file(path, kMaxBytes);
    nn::Weights file = nn::read_safetensors(bytes, kMaxHeader);
    TrainState state;
    state.options = file.metadata.at("options");
    restore_record(nlohmann::json::parse(file.metadata.at("record")), state);
    state.parameters = std::move(file.tensors.at("parameters").values);
    state.average = std::move(file.tensors.at("average").values);
    state.best = std::move(file.tensors.at("best").values);
    for (std::size_t i = 0; file.tensors.contains("moment" + std::to_string(i)); ++i) {
      state.moments.push_back(std::move(file.tensors.at("moment" + std::to_string(i)).values));
    }
    if (file.tensors.contains("task")) state.task = std::move(file.tensors.at("task").values);
    return state;
  } catch (const Error& error) {
    throw error.within(path.string());
  } catch (const std::exception&) {  // a missing key or malformed record
    throw Error(ErrorCode::data, path.string() + ": not a training checkpoint");
  }
}

}  // namespace aedenoise::pipeline
