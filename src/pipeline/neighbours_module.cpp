// The run-time module `neighbours`: OpenCV's core.
#include <opencv2/core.hpp>

#include "pipeline/neighbours.h"

namespace aedenoise::pipeline {
namespace {

cv::Mat matrix_of(const Vectors& vectors) {
  // OpenCV has no matrices of constants; nothing here writes to it.
  auto* values = const_cast<float*>(vectors.values.data());  // NOLINT
  return {static_cast<int>(vectors.count()), static_cast<int>(vectors.size), CV_32F, values};
}

class OpenCvSearch final : public NeighbourSearch {
 public:
  Neighbours nearest(const Vectors& queries, const Vectors& index, std::int64_t k) const override {
    cv::Mat distances;
    cv::Mat indices;
    cv::batchDistance(matrix_of(queries), matrix_of(index), distances, CV_32F, indices, cv::NORM_L2,
                      static_cast<int>(k));
    return {{distances.begin<float>(), distances.end<float>()}, {indices.begin<int>(), indices.end<int>()}};
  }

  std::vector<std::int32_t> clusters(const Vectors& vectors, std::int64_t k,
                                     std::uint64_t seed) const override {
    constexpr int kIterations = 100;
    constexpr int kStarts = 5;
    cv::setRNGSeed(static_cast<int>(seed));
    cv::Mat labels;
    cv::kmeans(matrix_of(vectors), static_cast<int>(k), labels,
               cv::TermCriteria(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, kIterations, 1e-5), kStarts,
               cv::KMEANS_PP_CENTERS);
    return {labels.begin<int>(), labels.end<int>()};
  }

  std::vector<float> plane(const Vectors& vectors) const override {
    const cv::Mat rows = matrix_of(vectors);
    const cv::PCA components(rows, cv::noArray(), cv::PCA::DATA_AS_ROW, 2);
    const cv::Mat flat = components.project(rows);
    std::vector<float> out(static_cast<std::size_t>(2 * rows.rows), 0.0F);
    for (int row = 0; row < flat.rows; ++row) {
      for (int column = 0; column < flat.cols; ++column)
        out[2 * static_cast<std::size_t>(row) + static_cast<std::size_t>(column)] =
            flat.at<float>(row, column);
    }
    return out;
  }
};

}  // namespace
}  // namespace aedenoise::pipeline

extern "C" const void* aedenoise_neighbours_module() {
  static const aedenoise::pipeline::OpenCvSearch search;
  return static_cast<const aedenoise::pipeline::NeighbourSearch*>(&search);
}
