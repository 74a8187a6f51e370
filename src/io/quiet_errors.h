// Libraries that report damage on std::cerr: errors of aedenoise are the only thing a person should see.
#pragma once

#include <iostream>
#include <mutex>

namespace aedenoise::io {

// Silences std::cerr while it lives; one at a time in each run-time module.
class QuietErrors {
 public:
  QuietErrors() : lock_(mutex()) { std::cerr.setstate(std::ios::failbit); }
  ~QuietErrors() { std::cerr.clear(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex instance;
    return instance;
  }
  std::scoped_lock<std::mutex> lock_;
};

}  // namespace aedenoise::io
