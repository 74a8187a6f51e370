#include "pipeline/batch_flow.h"

#include <utility>

namespace aedenoise::pipeline {

bool BatchFlow::take(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || (free_bytes_ >= bytes && pushed_ - written_ < most_ahead_); });
  if (stopped_) return false;
  free_bytes_ -= bytes;
  return true;
}

void BatchFlow::give_back(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  free_bytes_ += bytes;
  changed_.notify_all();
}

void BatchFlow::push(BatchUnit unit) {
  const std::scoped_lock lock(mutex_);
  unit.ticket = pushed_++;
  if (unit.document || unit.expected) {
    read_.push_back(std::move(unit));
  } else {
    computed_.emplace(unit.ticket, std::move(unit));
  }
  changed_.notify_all();
}

void BatchFlow::end_input() {
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<BatchUnit> BatchFlow::next_to_compute() {
  std::unique_lock lock(mutex_);
  changed_.wait(
      lock, [&] { return stopped_ || (read_.empty() ? ended_ : free_threads_ >= read_.front().threads); });
  if (stopped_ || read_.empty()) return {};
  BatchUnit unit = std::move(read_.front());
  read_.pop_front();
  free_threads_ -= unit.threads;
  return unit;
}

void BatchFlow::computed(BatchUnit unit) {
  const std::scoped_lock lock(mutex_);
  free_threads_ += unit.threads;
  computed_.emplace(unit.ticket, std::move(unit));
  changed_.notify_all();
}

std::optional<BatchUnit> BatchFlow::next_to_write() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [&] { return stopped_ || computed_.contains(written_) || (ended_ && written_ == pushed_); });
  const auto found = computed_.find(written_);
  if (stopped_ || found == computed_.end()) return {};
  BatchUnit unit = std::move(found->second);
  computed_.erase(found);
  ++written_;
  changed_.notify_all();
  return unit;
}

void BatchFlow::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool BatchFlow::is_stopped() const {
  const std::scoped_lock lock(mutex_);
  return stopped_;
}

void BatchFlow::give_up(std::size_t item) {
  const std::scoped_lock lock(mutex_);
  given_up_ = item;
}

bool BatchFlow::is_given_up(std::size_t item) const {
  const std::scoped_lock lock(mutex_);
  return given_up_ == item;
}

}  // namespace aedenoise::pipeline
