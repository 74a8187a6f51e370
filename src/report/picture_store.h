// The pictures of a report while it is not known yet which results they are best kept of: in a temporary
// file, of a bounded number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/file.h"
#include "report/outliers.h"

namespace aedenoise::report {

class PictureStore {
 public:
  // The temporary file lies beside `path` and goes with this object. Keeps the pictures of `most` results
  // that `outliers`, which must outlive this, finds the most unusual.
  PictureStore(std::string path, std::size_t most, const Outliers& outliers);

  // Whether pictures of a result with these values would be kept: then it is worth making them.
  bool wants(const Outliers::Values& values) const;

  // `text`: the pictures, in any form. Error{io} without the path.
  void add(std::size_t result, Outliers::Values values, const std::string& text);

  // All that are kept, by result.
  void visit(const std::function<void(std::size_t result, const std::string& text)>& visitor) const;

 private:
  struct Entry {
    std::size_t result;
    Outliers::Values values;
    std::uint64_t offset;
    std::uint64_t bytes;
  };
  std::vector<Entry>::const_iterator least_unusual() const;
  static std::string read(const core::AtomicFile& file, const Entry& entry);
  void append(Entry entry, const std::string& text);
  void compact();

  std::string path_;
  std::size_t most_;
  const Outliers& outliers_;
  std::unique_ptr<core::AtomicFile> file_;  // never committed
  std::uint64_t end_ = 0;
  std::uint64_t unused_ = 0;  // bytes of the file
  std::vector<Entry> entries_;
};

}  // namespace aedenoise::report
