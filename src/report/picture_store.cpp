#include "report/picture_store.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "aedenoise/error.h"

namespace aedenoise::report {

PictureStore::PictureStore(std::string path, std::size_t most, const Outliers& outliers)
    : path_(std::move(path)),
      most_(most),
      outliers_(outliers),
      file_(std::make_unique<core::AtomicFile>(path_)) {}

std::vector<PictureStore::Entry>::const_iterator PictureStore::least_unusual() const {
  return std::ranges::min_element(entries_, {},
                                  [&](const Entry& entry) { return outliers_.score(entry.values).distance; });
}

bool PictureStore::wants(const Outliers::Values& values) const {
  if (entries_.size() < most_) return true;
  if (most_ == 0) return false;
  return outliers_.score(values).distance > outliers_.score(least_unusual()->values).distance;
}

void PictureStore::add(std::size_t result, Outliers::Values values, const std::string& text) {
  if (!wants(values)) return;
  if (entries_.size() == most_) {
    const auto least = least_unusual();
    unused_ += least->bytes;
    entries_.erase(least);
  }
  append({result, std::move(values), 0, 0}, text);
  if (unused_ > end_ / 2) compact();
}

void PictureStore::append(Entry entry, const std::string& text) {
  file_->write(text);
  entry.offset = end_;
  entry.bytes = text.size();
  end_ += text.size();
  entries_.push_back(std::move(entry));
}

void PictureStore::compact() {
  const std::vector<Entry> old = std::exchange(entries_, {});
  const auto source = std::exchange(file_, std::make_unique<core::AtomicFile>(path_));
  end_ = unused_ = 0;
  for (const Entry& entry : old) append(entry, read(*source, entry));
}

std::string PictureStore::read(const core::AtomicFile& file, const Entry& entry) {
  std::string text(entry.bytes, '\0');
  std::ifstream from(file.temporary(), std::ios::binary);
  from.seekg(static_cast<std::streamoff>(entry.offset));
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!from) throw Error(ErrorCode::io, "its temporary file cannot be read");
  return text;
}

void PictureStore::visit(
    const std::function<void(std::size_t result, const std::string& text)>& visitor) const {
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries_) sorted.push_back(&entry);
  std::ranges::sort(sorted, {}, [](const Entry* entry) { return entry->result; });
  for (const Entry* entry : sorted) visitor(entry->result, read(*file_, *entry));
}

}  // namespace aedenoise::report
