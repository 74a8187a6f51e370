#include "nn/streaming.h"

#include <algorithm>
#include <cstring>

#include "aedenoise/error.h"
#include "core/threads.h"
#include "nn/kernels.h"
#include "nn/memory_plan.h"
#include "onednn/aligned.h"

namespace aedenoise::nn {
namespace {

// The rows of one tensor that are held at a time. Band b brings rows [b * fresh - lag, (b + 1) * fresh -
// lag): results lag behind the inputs by what the operations before them reach down. `history` rows before
// those are kept for operations that reach up or lag behind.
struct Stream {
  std::int64_t rows = 0;   // of the whole tensor
  std::int64_t fresh = 0;  // per band
  std::int64_t lag = 0;
  std::int64_t history = 0;
  std::size_t row_bytes = 0;
  std::uint8_t* data = nullptr;  // history and fresh rows
  std::uint8_t* kept = nullptr;  // where history waits for the next band, if not in `data`

  std::int64_t first(std::int64_t band) const { return band * fresh - lag; }
  Interval fresh_rows() const { return {-lag, fresh - lag - 1}; }  // of band 0
  std::size_t bytes() const { return static_cast<std::size_t>(history + fresh) * row_bytes; }
  std::size_t history_bytes() const { return static_cast<std::size_t>(history) * row_bytes; }
  // Whether the rows kept are so few that copying them costs less than memory of the stream's own, which
  // has left the cache by the next band.
  bool keeps_apart() const { return history > 0 && history <= fresh; }
  // Where the row that has this number in band 0 lies in every band.
  std::uint8_t* at(std::int64_t row) const {
    return data + static_cast<std::size_t>(history + lag + row) * row_bytes;
  }
  std::uint8_t* fresh_data() const { return at(-lag); }
  // Those that are history in the next band.
  const std::uint8_t* last_rows() const { return data + static_cast<std::size_t>(fresh) * row_bytes; }
};

// Rows of a band that lie outside of the tensor, where its readers expect zeros.
struct Outside {
  Outside(const Stream& stream, std::int64_t band)
      : above(std::clamp<std::int64_t>(-stream.first(band), 0, stream.fresh)),
        below(std::clamp<std::int64_t>(stream.first(band + 1) - stream.rows, 0, stream.fresh)) {}
  std::int64_t above;
  std::int64_t below;
};

// More than any network's reach: an operation that lags more never has its sources.
constexpr std::int64_t kLongestLag = 1 << 16U;

void clear(const Stream& stream, std::int64_t first, std::int64_t count) {
  std::memset(stream.at(first - stream.lag), 0, static_cast<std::size_t>(count) * stream.row_bytes);
}

}  // namespace

struct StreamingProgram::Impl {
  Impl(const Graph& stated, std::span<const Shape> inputs, std::int64_t band, Precision precision)
      : kernels(stated, inputs, precision) {
    if (kernels.graph().outputs().size() != 1) throw Error(ErrorCode::internal, "streaming has one output");
    std::vector<Shape> of_band(inputs.begin(), inputs.end());
    for (Shape& shape : of_band) shape[2] = std::min(shape[2], band);
    whole = band >= inputs.front()[2];
    fresh_shapes = kernels.graph().infer(of_band);
    for (std::size_t i = 0; i < fresh_shapes.size(); ++i) add_stream(i);
    for (std::size_t i = 0; i < fresh_shapes.size(); ++i) {
      if (node(i).op) add_kernel(i);
    }
    kernels.compile();
    place_buffers();
  }

  const Node& node(std::size_t index) const { return kernels.graph().nodes()[index]; }
  static std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

  // What source `k` must hold for these rows of a node's result.
  static Interval needed(const Node& node, std::size_t k, Interval rows) {
    return k == 0 ? node.op->needs(rows) : rows;
  }

  [[noreturn]] void refuse(std::size_t i) const {
    throw Error(ErrorCode::internal, node(i).name + ": cannot be computed in bands of rows");
  }

  void add_stream(std::size_t i) {
    if (fresh_shapes[i].size() != 4) refuse(i);
    Stream stream;
    stream.rows = kernels.shapes()[i][2];
    stream.fresh = fresh_shapes[i][2];
    stream.row_bytes = kernels.bytes(i, fresh_shapes[i]) / static_cast<std::size_t>(stream.fresh);
    streams.push_back(stream);
    if (!node(i).op || whole) return;
    Stream& dst = streams.back();
    while (!has_sources(i, dst)) {
      if (++dst.lag > kLongestLag) refuse(i);
    }
    for (std::size_t k = 0; k < node(i).src.size(); ++k) {
      Stream& src = streams[index(node(i).src[k])];
      const std::int64_t first = needed(node(i), k, dst.fresh_rows()).first;
      src.history = std::max(src.history, src.fresh_rows().first - first);
    }
  }

  // Whether the rows that `dst` brings are computed from whole rows that its sources have by then: of those
  // that one source row gives several, all or none.
  bool has_sources(std::size_t i, const Stream& dst) const {
    const Interval rows = dst.fresh_rows();
    const auto first_needed = [&](std::int64_t row) { return needed(node(i), 0, {row, row}).first; };
    if (first_needed(rows.first - 1) == first_needed(rows.first)) return false;
    for (std::size_t k = 0; k < node(i).src.size(); ++k) {
      const Stream& src = streams[index(node(i).src[k])];
      if (needed(node(i), k, rows).last > src.fresh_rows().last) return false;
    }
    return true;
  }

  void add_kernel(std::size_t i) {
    std::vector<Shape> src = source_shapes(node(i), fresh_shapes);
    std::vector<std::int64_t> first_rows(src.size(), 0);
    for (std::size_t k = 0; k < src.size() && !whole; ++k) {
      const Interval rows = needed(node(i), k, streams[i].fresh_rows());
      first_rows[k] = rows.first;
      src[k][2] = rows.last - rows.first + 1;
    }
    const auto given_rows = whole ? nullptr : node(i).op->with_given_rows();
    const auto& op = given_rows ? given_rows : node(i).op;
    if (op->infer(src) != fresh_shapes[i]) refuse(i);
    kernels.add(i, op, std::move(src), fresh_shapes[i]);
    src_rows.push_back(std::move(first_rows));
  }

  // Tensors that keep many rows for the next band have memory of their own, others share it; few rows are
  // kept apart.
  void place_buffers() {
    const int end = static_cast<int>(kernels.count());
    std::vector<Lifetime> lifetimes(streams.size());
    const auto stays = [&](std::size_t i) { return streams[i].history > 0 && !streams[i].keeps_apart(); };
    for (std::size_t i = 0; i < streams.size(); ++i)
      lifetimes[i] = {streams[i].bytes(), 0, stays(i) ? end : 0};
    for (int step = 0; step < end; ++step) {
      const std::size_t dst = kernels.node(static_cast<std::size_t>(step));
      if (!stays(dst)) lifetimes[dst].first = lifetimes[dst].last = step;
      for (const NodeId id : node(dst).src) {
        lifetimes[index(id)].last = std::max(lifetimes[index(id)].last, step);
      }
    }
    lifetimes[output()].last = end;
    for (const Stream& stream : streams) {
      lifetimes.push_back({stream.keeps_apart() ? stream.history_bytes() : 0, 0, end});
    }
    const MemoryPlan plan = plan_memory(lifetimes);
    arena.resize(plan.bytes);
    scratch.resize(kernels.scratch_bytes());
    for (std::size_t i = 0; i < streams.size(); ++i) {
      streams[i].data = arena.data() + plan.offsets[i];
      if (streams[i].keeps_apart()) streams[i].kept = arena.data() + plan.offsets[streams.size() + i];
    }
  }

  std::size_t output() const { return index(kernels.graph().outputs().front()); }

  std::int64_t bands() const {
    const Stream& last = streams[output()];
    return (last.rows + last.lag + last.fresh - 1) / last.fresh;
  }

  // Makes room for a band's rows; before the first there are zeros.
  static void advance(const Stream& stream, std::int64_t band) {
    if (band == 0) {
      clear(stream, -stream.history, stream.history);
    } else if (stream.kept != nullptr) {
      std::memcpy(stream.data, stream.kept, stream.history_bytes());
    } else {
      std::memmove(stream.data, stream.last_rows(), stream.history_bytes());
    }
  }

  // Keeps what the next band needs, once the rows of this one are there.
  static void keep(const Stream& stream) {
    if (stream.kept != nullptr) std::memcpy(stream.kept, stream.last_rows(), stream.history_bytes());
  }

  void read(const Source& source, std::int64_t band) {
    std::vector<float*> rows;
    std::int64_t count = 0;
    for (const NodeId id : kernels.graph().inputs()) {
      const Stream& stream = streams[index(id)];
      advance(stream, band);
      count = stream.fresh - Outside(stream, band).below;
      clear(stream, count, stream.fresh - count);
      rows.push_back(reinterpret_cast<float*>(stream.fresh_data()));
    }
    if (count > 0) source(streams[index(kernels.graph().inputs().front())].first(band), count, rows);
    for (const NodeId id : kernels.graph().inputs()) keep(streams[index(id)]);
  }

  void compute(std::size_t step, std::int64_t band) {
    const std::vector<NodeId>& sources = node(kernels.node(step)).src;
    const Stream& dst = streams[kernels.node(step)];
    advance(dst, band);
    const Outside outside(dst, band);
    if (outside.above + outside.below < dst.fresh) {
      std::vector<const void*> src;
      for (std::size_t k = 0; k < sources.size(); ++k) {
        src.push_back(streams[index(sources[k])].at(src_rows[step][k]));
      }
      kernels.kernel(step).forward({src, dst.fresh_data(), scratch.data()});
    }
    clear(dst, 0, outside.above);
    clear(dst, dst.fresh - outside.below, outside.below);
    keep(dst);
  }

  void run(const Source& source, const Sink& sink) {
    const Stream& last = streams[output()];
    for (std::int64_t band = 0; band < bands(); ++band) {
      core::notice_contention();
      read(source, band);
      for (std::size_t step = 0; step < kernels.count(); ++step) compute(step, band);
      const Outside outside(last, band);
      const std::int64_t count = last.fresh - outside.above - outside.below;
      if (count <= 0) continue;
      sink(last.first(band) + outside.above, count,
           reinterpret_cast<const float*>(last.at(outside.above - last.lag)));
    }
  }

  Kernels kernels;
  bool whole = false;               // one band is the image, around which operations add what they add
  std::vector<Shape> fresh_shapes;  // of every node's result in one band
  std::vector<Stream> streams;
  std::vector<std::vector<std::int64_t>> src_rows;  // by kernel and source: the first row read, in band 0
  onednn::AlignedBytes arena;
  onednn::AlignedBytes scratch;
};

StreamingProgram::StreamingProgram(const Graph& graph, std::span<const Shape> inputs, std::int64_t band,
                                   Precision precision)
    : impl_(std::make_unique<Impl>(graph, inputs, band, precision)) {}

StreamingProgram::~StreamingProgram() = default;
StreamingProgram::StreamingProgram(StreamingProgram&&) noexcept = default;

void StreamingProgram::load(const Weights& weights) { impl_->kernels.load(weights); }
void StreamingProgram::run(const Source& source, const Sink& sink) { impl_->run(source, sink); }

std::int64_t StreamingProgram::bands() const { return impl_->bands(); }
std::size_t StreamingProgram::activation_bytes() const { return impl_->arena.size() + impl_->scratch.size(); }
std::size_t StreamingProgram::weight_bytes() const { return impl_->kernels.packed_bytes(); }

}  // namespace aedenoise::nn
