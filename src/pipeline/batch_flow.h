// What passes between the threads of a batch, and who waits for whom.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "aedenoise/denoiser.h"
#include "io/format.h"

namespace aedenoise::pipeline {

// A volume on its way, what one that is being read will be, or the news that an item has no more of them.
struct BatchUnit {
  std::size_t item = 0;
  std::int64_t volume = 0;  // its number
  std::optional<Image> expected;
  std::optional<io::Document> document;
  DenoiseResult result;
  std::optional<Error> error;
  bool last = false;       // of its item
  std::uint64_t cost = 0;  // bytes of memory, taken of the flow's budget
  int threads = 1;         // that it is computed with
  std::size_t ticket = 0;  // place in the order of writing
};

// One lock for all of it: a unit takes milliseconds at least. Waiting ends early once stop() was called.
class BatchFlow {
 public:
  BatchFlow(std::uint64_t budget, int threads)
      : budget_(budget),
        most_ahead_(kAheadPerThread * static_cast<std::size_t>(threads)),
        free_bytes_(budget),
        free_threads_(threads) {}

  std::uint64_t budget() const { return budget_; }

  // The reader's: waits for memory, at most the budget, and until few enough units are on their way; false
  // when stopped.
  bool take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);
  void push(BatchUnit unit);
  void end_input();

  // The computing threads': the next unit, in order, once as many threads are free as it takes; what is
  // neither expected nor there needs none. Nothing after the last.
  std::optional<BatchUnit> next_to_compute();
  void computed(BatchUnit unit);

  // The writer's: the next in the order of push(). Nothing after the last.
  std::optional<BatchUnit> next_to_write();

  void stop();
  bool is_stopped() const;

  // What is left of this item need not be done.
  void give_up(std::size_t item);
  bool is_given_up(std::size_t item) const;

 private:
  // Enough to hide the reading and writing of small files behind computing; more would only take memory.
  static constexpr std::size_t kAheadPerThread = 4;

  std::uint64_t budget_;
  std::size_t most_ahead_;
  std::uint64_t free_bytes_;
  int free_threads_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BatchUnit> read_;
  std::map<std::size_t, BatchUnit> computed_;  // by ticket
  std::size_t pushed_ = 0;
  std::size_t written_ = 0;
  std::optional<std::size_t> given_up_;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace aedenoise::pipeline
