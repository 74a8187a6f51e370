#include <algorithm>

#include "codec/samples.h"

namespace aedenoise::codec {
namespace {

// Where parts of about kTileSide begin, and where the last ends.
std::vector<int> cuts_of(int length) {
  // Up to half a tile more is no reason for another one.
  const int parts = std::max(1, (length + kTileSide / 2 - 1) / kTileSide);
  std::vector<int> cuts{0};
  for (int i = 1; i < parts; ++i) {
    const auto cut = static_cast<int>(static_cast<std::int64_t>(length) * i / parts);
    cuts.push_back((cut + kTileGrid / 2) / kTileGrid * kTileGrid);
  }
  cuts.push_back(length);
  return cuts;
}

}  // namespace

std::vector<Box> tiles_of(int width, int height, int depth) {
  const std::vector<int> columns = cuts_of(width);
  const std::vector<int> rows = cuts_of(height);
  std::vector<Box> tiles;
  for (int z = 0; z < depth; z += kGroupDepth) {
    for (std::size_t j = 0; j + 1 < rows.size(); ++j) {
      for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
        tiles.push_back({columns[i], rows[j], z, columns[i + 1] - columns[i], rows[j + 1] - rows[j],
                         std::min(kGroupDepth, depth - z)});
      }
    }
  }
  return tiles;
}

std::vector<std::span<const Box>> groups_of(std::span<const Box> boxes, std::size_t together) {
  std::vector<std::span<const Box>> groups;
  for (; !boxes.empty(); boxes = boxes.subspan(groups.back().size()))
    groups.push_back(boxes.first(std::min(together, boxes.size())));
  return groups;
}

std::vector<Box> sample_of(const std::vector<Box>& tiles) {
  constexpr std::size_t kFew = 4;
  std::vector<Box> boxes;
  if (tiles.size() < kFew) return boxes;
  const auto starts = [](int first, int size) {
    if (size < 2 * kTileGrid) return std::vector<int>{first};
    const int start = first + size / 8 / kTileGrid * kTileGrid;
    return std::vector<int>{start, start + size / 2 / kTileGrid * kTileGrid};
  };
  for (const Box& tile : tiles) {
    const int width = std::min(kTileGrid, tile.width);
    const int height = std::min(kTileGrid, tile.height);
    for (const int y : starts(tile.y, tile.height)) {
      for (const int x : starts(tile.x, tile.width))
        boxes.push_back({x, y, tile.z, width, height, tile.depth});
    }
  }
  return boxes;
}

}  // namespace aedenoise::codec
