#include "pipeline/batch.h"

#include <algorithm>
#include <new>
#include <thread>
#include <vector>

#include "core/memory.h"
#include "core/threads.h"
#include "pipeline/batch_flow.h"

namespace aedenoise::pipeline {
namespace {

// Of a volume in flight: noisy and denoised floats of three channels, and the file's own samples.
constexpr std::uint64_t kBytesPerPixel = 40;
// The least that a pixel takes from reading to writing: two floats, and the writer's share of one gray byte
// or what else becomes of the result.
constexpr std::uint64_t kFloatsPerPixel = 8;
constexpr std::uint64_t kFewestOfWriter = 4;
constexpr std::uint64_t kShares = 8;     // of the memory, one is for documents in flight
constexpr std::uint64_t kDocuments = 4;  // that the budget lets be read ahead at the least
// Up to here a picture among others keeps one thread busy better than several.
constexpr std::uint64_t kSmallPicture = 512 * 512;

std::uint64_t pixels_of(const Image& image) {
  return image.plane_size() * static_cast<std::uint64_t>(image.depth);
}

// Whatever went wrong as the one kind of error.
template <typename Function>
std::optional<Error> error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::resource, "out of memory; max-mem limits what is used");
  } catch (const std::exception& error) {
    return Error(ErrorCode::internal, std::string("unexpected error: ") + error.what());
  }
  return {};
}

void check_map_place(const BatchOptions& options, const io::Document& document) {
  const Image& image = document.image;
  if (options.noise_map == nullptr || options.noise_map->depth == 1) return;
  if (!io::same_places(options.map_placement, document.placement, {image.width, image.height, image.depth})) {
    throw Error(ErrorCode::data,
                "the noise map lies elsewhere in space or in another orientation; resample it to the image");
  }
}

class BatchRun {
 public:
  BatchRun(const BatchOptions& options, BatchWork& work)
      : options_(options),
        work_(work),
        threads_(core::threads()),
        flow_(budget(options), threads_),
        large_(with_progress(large_place_)) {}

  void run() {
    if (options_.denoise.max_memory > 0) core::return_large_blocks();
    std::vector<std::jthread> threads;
    const Stop stop{flow_};  // before the threads are waited for, whatever happens
    threads.emplace_back([this] { read_all(); });
    const int workers = options_.denoise.max_memory > 0 ? 1 : threads_;
    for (int i = 0; i < workers; ++i) threads.emplace_back([this] { compute_all(); });
    std::optional<Error> ended;
    while (auto unit = flow_.next_to_write()) {
      ended = settle(*unit);
      flow_.give_back(unit->cost);
      if (ended) break;
    }
    if (ended) throw Error(*ended);
  }

 private:
  struct Stop {
    BatchFlow& flow;
    ~Stop() { flow.stop(); }
  };

  // Where a computing thread is.
  struct Place {
    std::size_t item = 0;
    std::int64_t volume = 0;
  };

  static std::uint64_t budget(const BatchOptions& options) {
    const std::uint64_t all =
        options.denoise.max_memory > 0 ? options.denoise.max_memory : core::free_bytes();
    return std::max<std::uint64_t>(all / kShares, kDocuments);
  }

  DenoiseOptions with_progress(Place& place) {
    DenoiseOptions options = options_.denoise;
    options.progress = [this, &place](double share) { work_.progress(place.item, place.volume, share); };
    // What is read meanwhile, when more than one item makes anything be.
    if (options.max_memory > 0 && options_.items > 1) options.max_memory -= flow_.budget();
    return options;
  }

  void stop_if_cancelled() const {
    if (options_.denoise.cancelled && options_.denoise.cancelled()) {
      throw Error(ErrorCode::interrupted, "interrupted");
    }
  }

  void read_all() {
    core::set_threads(threads_);
    for (std::size_t item = 0; item < options_.items && !flow_.is_stopped(); ++item) {
      BatchUnit end;
      end.item = item;
      end.last = true;
      end.error = error_of([&] {
        stop_if_cancelled();
        const Handling handling = work_.handling(item);
        if (handling == Handling::volumes) read_item(item);
        if (handling == Handling::alone && flow_.take(flow_.budget())) end.cost = flow_.budget();
      });
      flow_.push(std::move(end));
    }
    flow_.end_input();
  }

  // Ahead of others, or alone when it is too large for that.
  void read_item(std::size_t item) {
    const std::uint64_t bytes = flow_.budget() / kDocuments;
    io::Limits limits = options_.limits;
    limits.max_pixels = std::min(limits.max_pixels, bytes / kBytesPerPixel);
    limits.max_input_bytes = std::min(limits.max_input_bytes, bytes);
    std::int64_t volumes = 0;
    try {
      read_volumes(item, limits, bytes, volumes);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::resource || volumes > 0) throw;
      read_alone(item, volumes);
    }
  }

  // What cannot be denoised within the memory limit is not read either.
  void read_alone(std::size_t item, std::int64_t& volumes) {
    const std::uint64_t memory = options_.denoise.max_memory;
    io::Limits limits = options_.limits;
    const std::uint64_t fewest =
        kFloatsPerPixel + std::max(kFewestOfWriter, options_.denoise.reserved_per_sample);
    if (memory > 0) limits.max_pixels = std::min(limits.max_pixels, memory / fewest);
    try {
      read_volumes(item, limits, flow_.budget(), volumes);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::resource || limits.max_pixels == options_.limits.max_pixels) throw;
      throw Error(error.code(), std::string(error.what()) + " (the memory limit of " +
                                    std::to_string(memory >> 20U) + " MB has room for no more)");
    }
  }

  // Each volume takes `bytes` while it is read, and no more than it needs afterwards. Counts them.
  void read_volumes(std::size_t item, const io::Limits& limits, std::uint64_t bytes, std::int64_t& volumes) {
    std::unique_ptr<io::VolumeReader> reader;
    while (!flow_.is_given_up(item) && flow_.take(bytes)) {
      BatchUnit unit;
      const auto error = error_of([&] {
        stop_if_cancelled();
        if (!reader) {
          reader = work_.open(item, limits);
          announce(item, *reader);
        }
        unit.document = reader->next();
      });
      const std::uint64_t pixels = unit.document ? pixels_of(unit.document->image) : 0;
      unit.cost = std::min(bytes, pixels * kBytesPerPixel);
      flow_.give_back(bytes - unit.cost);
      if (error) throw Error(*error);
      if (!unit.document) return;
      unit.item = item;
      unit.volume = volumes++;
      unit.threads = is_small(pixels) && unit.document->volumes == 1 ? 1 : threads_;
      flow_.push(std::move(unit));
    }
  }

  bool is_small(std::uint64_t pixels) const {
    return options_.items > 1 && pixels <= kSmallPicture && options_.denoise.max_memory == 0 &&
           !options_.denoise.self;
  }

  // So that the network is ready by the time the picture is. What small ones take is ready after the first.
  void announce(std::size_t item, const io::VolumeReader& reader) {
    BatchUnit unit;
    unit.expected = reader.expected();
    if (!unit.expected || is_small(pixels_of(*unit.expected))) return;
    unit.item = item;
    unit.threads = threads_;
    flow_.push(std::move(unit));
  }

  void compute_all() {
    Place place;
    std::optional<aedenoise::Denoiser> small;  // made when first needed
    while (auto unit = flow_.next_to_compute()) {
      core::set_threads(unit->threads);
      if (!flow_.is_given_up(unit->item)) {
        const bool alone = unit->threads == threads_;
        Place& here = alone ? large_place_ : place;
        here = {unit->item, unit->volume};
        unit->error = error_of([&] {
          if (!alone && !small) small.emplace(with_progress(place));
          aedenoise::Denoiser& denoiser = alone ? large_ : *small;
          if (unit->expected) {
            denoiser.prepare(*unit->expected);
          } else {
            check_map_place(options_, *unit->document);
            unit->result = denoiser.run(unit->document->image, options_.noise_map);
          }
        });
        if (unit->error && unit->error->code() != ErrorCode::interrupted) {
          unit->error = unit->error->within(work_.name(unit->item));
        }
      }
      flow_.computed(std::move(*unit));
    }
  }

  // An error that ends everything.
  std::optional<Error> settle(BatchUnit& unit) {
    if (flow_.is_given_up(unit.item)) return {};
    auto error = error_of([&] {
      if (unit.error) throw Error(*unit.error);
      if (unit.document) work_.write(unit.item, *unit.document, unit.result);
      if (unit.last) work_.finish(unit.item);
    });
    if (!error) return {};
    flow_.give_up(unit.item);
    work_.fail(unit.item, *error);
    return error->code() == ErrorCode::interrupted ? error : std::nullopt;
  }

  const BatchOptions& options_;
  BatchWork& work_;
  int threads_;
  BatchFlow flow_;
  Place large_place_;
  aedenoise::Denoiser large_;  // used by one thread at a time
};

}  // namespace

void run_batch(const BatchOptions& options, BatchWork& work) { BatchRun(options, work).run(); }

}  // namespace aedenoise::pipeline
