// What single kinds of autoencoders are measured by: evidence bounds of variational ones, Jacobians of
// encoders.
#pragma once

#include <cstdint>

#include "pipeline/coder.h"

namespace aedenoise::pipeline {

// In nats per sample.
struct Evidence {
  double elbo =
      0.0;  // E log p(x|z) - KL(q(z|x) || p(z)), one draw of z per sample, the divergence in closed form
  double iw_nll = 0.0;  // -log of the mean of `draws` importance weights: Burda et al., ICLR 2016
  double divergence = 0.0;
  std::int64_t draws = 0;
};

// Of a variational network over samples in their own units. With a Gaussian likelihood densities are those of
// values in the samples' units. `draws` of 0 leaves iw_nll out.
Evidence evidence(Coder& coder, const Samples& samples, std::int64_t draws, std::uint64_t seed);

// Root of the mean over samples of the squared Frobenius norm of the code's Jacobian in the network's input,
// estimated with `probes` random directions of independent signs per sample (Hutchinson); unbiased in the
// square.
double jacobian_norm(Coder& coder, const Samples& samples, std::int64_t probes, std::uint64_t seed);

}  // namespace aedenoise::pipeline
