#include "onednn/gemm.h"

#include <dnnl.hpp>

#include "aedenoise/error.h"

namespace aedenoise::onednn {

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const MatrixView& a,
              const MatrixView& b, float beta, float* dst, std::int64_t stride) {
  const auto status = dnnl::sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, alpha, a.data,
                                  a.stride, b.data, b.stride, beta, dst, stride);
  if (status != dnnl::status::success)
    throw Error(ErrorCode::internal, "a product of matrices: oneDNN refuses");
}

}  // namespace aedenoise::onednn
