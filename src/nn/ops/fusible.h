// What fusing needs to know of an activation node.
#pragma once

#include "nn/op.h"

namespace aedenoise::nn {

class ActivationOp : public Op {
 public:
  ActivationOp(Activation kind, float alpha) : kind_(kind), alpha_(alpha) {}
  Activation kind() const { return kind_; }
  float alpha() const { return alpha_; }

  const char* type() const override { return "activation"; }
  std::string summary() const override;
  Shape infer(std::span<const Shape> src) const override { return src[0]; }
  std::unique_ptr<Kernel> compile(const Specification& specification) const override;

 private:
  Activation kind_;
  float alpha_;
};

class SumOp : public Op {
 public:
  const char* type() const override { return "sum"; }
  Shape infer(std::span<const Shape> src) const override;
  std::unique_ptr<Kernel> compile(const Specification& specification) const override;
};

}  // namespace aedenoise::nn
