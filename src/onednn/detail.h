// Shared by the .cpp files of this folder only: the engine, memory descriptors and a primitive with its
// arguments.
#pragma once

#include <dnnl.hpp>
#include <string>
#include <unordered_map>

#include "aedenoise/error.h"
#include "onednn/engine.h"

namespace aedenoise::onednn::detail {

const dnnl::engine& engine();
dnnl::stream& stream();

dnnl::memory::data_type type_of(Type type);
dnnl::algorithm algorithm_of(Activation activation);

// Channels-last descriptor for 2, 4 or 5 sizes.
dnnl::memory::desc channels_last(const Dims& dims, Type type);
// Plain row-major descriptor: how weights are kept in files and by optimisers (oihw, oidhw, oi).
dnnl::memory::desc plain(const Dims& dims);
// The layout is oneDNN's choice.
dnnl::memory::desc any(const Dims& dims, Type type);

// Attributes that make the caller bring the scratchpad.
dnnl::primitive_attr user_scratchpad();

// Runs `work`, turning oneDNN's exceptions into Error{internal} that begins with `what`.
template <typename Work>
auto guarded(const std::string& what, Work&& work) {
  try {
    return work();
  } catch (const dnnl::error& error) {
    throw Error(ErrorCode::internal, what + ": oneDNN says " + error.what());
  }
}

// A primitive and its argument memories; pointers are bound before each run.
class Bound {
 public:
  Bound() = default;
  explicit Bound(dnnl::primitive primitive) : primitive_(std::move(primitive)) {}

  void add(int argument, const dnnl::memory::desc& desc) {
    arguments_.emplace(argument, dnnl::memory(desc, engine(), nullptr));
  }
  void bind(int argument, const void* data) {
    arguments_.at(argument).set_data_handle(const_cast<void*>(data));  // NOLINT: oneDNN has no const handles
  }
  void run() { primitive_.execute(stream(), arguments_); }

 private:
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

// Copies between layouts and types; created once, used for every weight update.
class Reorder {
 public:
  Reorder() = default;
  Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to);
  void run(const void* from, void* to);

 private:
  Bound bound_;
};

}  // namespace aedenoise::onednn::detail
