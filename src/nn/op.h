// One operation of a network: what it does to shapes, which parameters it has, and how it runs at fixed
// shapes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "onednn/engine.h"

namespace aedenoise::nn {

using onednn::Activation;
using onednn::Type;
using Shape = onednn::Dims;  // N, C, (D,) H, W or N, C; in memory channels-last

// A parameter tensor of an operation. Values start normally distributed with standard deviation
// gain * sqrt(2 / fan_in) (He et al., ICCV 2015) around `start`, or all equal to it when gain is 0.
struct ParameterSpec {
  std::string name;  // "weight" or "bias"; in a graph "<node>.weight"
  Shape dims;        // weights OC, IC, (KD,) KH, KW or OC, IC; bias OC
  std::int64_t fan_in = 1;
  double gain = 1.0;
  double start = 0.0;
};

// Which source positions along one axis a range of destination positions depends on; both ends included.
struct Interval {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct ForwardArgs {
  std::span<const void* const> src;
  void* dst = nullptr;
  void* scratch = nullptr;
};

// Gradients of tensors have the tensors' types, those of parameters are f32.
struct BackwardArgs {
  std::span<const void* const> src;
  const void* dst = nullptr;
  void* diff_dst = nullptr;           // may be overwritten
  std::span<void* const> diff_src;    // nullptr where no gradient is wanted
  const bool* accumulate = nullptr;   // per source: add to diff_src instead of overwriting it
  std::span<float* const> gradients;  // per parameter, plain layout, overwritten
  void* scratch = nullptr;
};

// An operation compiled for fixed shapes and types. Used by one thread at a time; parallel inside.
class Kernel {
 public:
  virtual ~Kernel() = default;
  // Takes the current parameter values (plain layout); pointers stay valid until the next call.
  virtual void load(std::span<const float* const> parameters);
  virtual void forward(const ForwardArgs& args) = 0;
  // Called after forward() with the same tensors.
  virtual void backward(const BackwardArgs& args) = 0;
  virtual std::size_t scratch_bytes() const { return 0; }
  virtual std::size_t packed_bytes() const { return 0; }  // memory held for reordered weights
  virtual std::string implementation() const { return "native"; }
};

// The shapes and types an operation is compiled for.
struct Specification {
  std::vector<Shape> src;
  Shape dst;
  Type src_type = Type::f32;  // of the first source; further ones, addends, have dst_type
  Type dst_type = Type::f32;
  bool training = false;
};

class Op {
 public:
  virtual ~Op() = default;
  virtual const char* type() const = 0;               // "convolution"
  virtual std::string summary() const { return {}; }  // "3x3, 48 -> 48, relu"
  // Error{usage} when the sources do not fit, with the reason.
  virtual Shape infer(std::span<const Shape> src) const = 0;
  virtual std::vector<ParameterSpec> parameters(std::span<const Shape>) const { return {}; }
  virtual std::unique_ptr<Kernel> compile(const Specification& specification) const = 0;
  virtual std::int64_t macs(std::span<const Shape>, const Shape&) const { return 0; }
  // Of the first source; further ones are read at the destination's own positions.
  virtual Interval needs(Interval dst) const { return dst; }
  // The operation without the zeros it adds above and below images, in whose place its sources bring rows;
  // nullptr where it adds none.
  virtual std::shared_ptr<const Op> with_given_rows() const { return nullptr; }
  // Whether bf16 tensors may go in and come out, in training too; others are surrounded by conversions.
  virtual bool runs_bf16() const { return false; }
  // The operation that does this and then the activation in one pass, or nullptr: see fuse() in nn/graph.h.
  // In training only what the gradient can be computed for.
  virtual std::shared_ptr<const Op> with_activation(Activation, float, bool) const { return nullptr; }
  // Takes the addend as an extra source; may be asked of the result again.
  virtual std::shared_ptr<const Op> with_addend() const { return nullptr; }
};

}  // namespace aedenoise::nn
