// Denoising many documents: reading, computing and writing overlap, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "aedenoise/denoiser.h"
#include "io/format.h"

namespace aedenoise::pipeline {

// How an item is handled.
enum class Handling : std::uint8_t {
  volumes,  // opened, its volumes denoised and written
  alone,    // by finish() itself, while no other item is in flight
  none,     // only finished
};

// What there is to do, and what becomes of the results. Items are numbered from 0 and handled in that order,
// the volumes of one in theirs. What throws an Error makes its item fail, and no other.
class BatchWork {
 public:
  virtual ~BatchWork() = default;

  // On the reading thread.
  virtual Handling handling(std::size_t item) = 0;
  // Also on the reading thread, perhaps twice, with other limits.
  virtual std::unique_ptr<io::VolumeReader> open(std::size_t item, const io::Limits& limits) = 0;

  // On computing threads, several at once: put before what goes wrong there, and how far a volume has come.
  virtual std::string name(std::size_t item) const = 0;
  virtual void progress(std::size_t item, std::int64_t volume, double share) = 0;

  // On the thread that called run_batch(). One of finish() and fail() is called last, once for every item.
  virtual void write(std::size_t item, io::Document& volume, const DenoiseResult& result) = 0;
  virtual void finish(std::size_t item) = 0;
  virtual void fail(std::size_t item, const Error& error) = 0;
};

struct BatchOptions {
  std::size_t items = 0;
  // max_memory holds for the process; progress is not used; cancelled() is called on any thread.
  DenoiseOptions denoise;
  const Image* noise_map = nullptr;
  std::optional<io::Placement> map_placement{};
  io::Limits limits;
};

// Small pictures are denoised side by side, one thread each, larger ones one at a time with all threads; with
// a memory limit always one at a time. Documents are read ahead as long as those in flight stay within an
// eighth of the limit (without one, of the memory that is free); a larger one is read when no other is in
// flight. Throws what concerns all items: Error{usage, data} of the options and the model,
// Error{interrupted}.
void run_batch(const BatchOptions& options, BatchWork& work);

}  // namespace aedenoise::pipeline
