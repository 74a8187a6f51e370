// A small autoencoder of samples of seven values.
#pragma once

#include "model/coding.h"

namespace aedenoise::test {

inline model::Architecture small(const std::string& kind, const std::string& activation,
                                 std::vector<std::int64_t> nodes, std::int64_t code = 3) {
  model::Architecture a;
  a.kind = kind;
  a.code = code;
  a.coding.sample = {7};
  a.coding.nodes = std::move(nodes);
  a.coding.activation = activation;
  a.coding.overcomplete = true;
  a.coding.bandwidth = 0.5;
  return a;
}

}  // namespace aedenoise::test
