// Nearest neighbours, clusters and a flat map of vectors, by OpenCV in the run-time module `neighbours`.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aedenoise::pipeline {

// Rows of `size` values one after another.
struct Vectors {
  std::span<const float> values;
  std::int64_t size = 1;

  std::int64_t count() const { return static_cast<std::int64_t>(values.size()) / size; }
};

struct Neighbours {
  std::vector<float> distances;       // Euclidean; queries x k, nearest first
  std::vector<std::int32_t> indices;  // of the index's vectors
};

class NeighbourSearch {
 public:
  virtual ~NeighbourSearch() = default;
  // Exact. 1 <= k <= index.count().
  virtual Neighbours nearest(const Vectors& queries, const Vectors& index, std::int64_t k) const = 0;
  // k-means++ with several starts: one label per vector.
  virtual std::vector<std::int32_t> clusters(const Vectors& vectors, std::int64_t k,
                                             std::uint64_t seed) const = 0;
  // Two values per vector: its first two principal components.
  virtual std::vector<float> plane(const Vectors& vectors) const = 0;
};

const NeighbourSearch& neighbour_search();  // Error{io} when the module cannot be loaded

}  // namespace aedenoise::pipeline
