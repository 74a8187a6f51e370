#include "cli/embed_views.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "aedenoise/error.h"
#include "cli/atlas.h"
#include "cli/embed_page.h"
#include "cli/pictures.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "io/matrix.h"
#include "pipeline/neighbours.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;

bool shows_pictures(const pipeline::Coder& coder) { return are_pictures(coder.architecture().coding.sample); }

// An index of many large pictures keeps none of them.
bool shows_pictures(const pipeline::Coder& coder, const Codes& codes) {
  return shows_pictures(coder) && !codes.samples.values.empty();
}

std::vector<float> picked(const pipeline::Samples& samples, const std::vector<std::int64_t>& chosen) {
  std::vector<float> out;
  for (const std::int64_t index : chosen) {
    const auto row = samples.sample(index);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

// The label of each sample.
std::vector<std::int32_t> cluster(const Arguments& arguments, const pipeline::Coder& coder,
                                  const Codes& codes, Json& record) {
  const std::int64_t k = arguments.integer("cluster", 0, 1, codes.samples.count);
  auto labels = pipeline::neighbour_search().clusters({codes.values, codes.size}, k, seed_from(arguments));
  std::vector<float> table(labels.begin(), labels.end());
  const std::array<std::int64_t, 2> sizes{codes.samples.count, 1};
  io::write_matrix(beside(codes.output, "_clusters.csv"), sizes, table);
  std::vector<std::int64_t> members(static_cast<std::size_t>(k), 0);
  for (const std::int32_t label : labels) ++members[static_cast<std::size_t>(label)];
  record["clusters"] = members;
  if (!shows_pictures(coder, codes)) return labels;
  constexpr std::int64_t kShown = 16;  // of each cluster, a row
  std::vector<float> sheet;
  const std::vector<float> blank(static_cast<std::size_t>(codes.samples.sample_values()), 1.0F);
  for (std::int64_t c = 0; c < k; ++c) {
    std::vector<std::int64_t> row;
    for (std::int64_t i = 0; i < codes.samples.count && static_cast<std::int64_t>(row.size()) < kShown; ++i) {
      if (labels[static_cast<std::size_t>(i)] == c) row.push_back(i);
    }
    const std::vector<float> pictures = picked(codes.samples, row);
    sheet.insert(sheet.end(), pictures.begin(), pictures.end());
    for (auto shown = static_cast<std::int64_t>(row.size()); shown < kShown; ++shown)
      sheet.insert(sheet.end(), blank.begin(), blank.end());
  }
  write_contact_sheet(beside(codes.output, "_clusters.png"), codes.samples.sizes, sheet, kShown);
  return labels;
}

void query(const Arguments& arguments, pipeline::Coder& coder, const Codes& codes, Json& record) {
  const pipeline::Samples asked = samples_for(coder, {arguments.text("query")}, arguments);
  const std::int64_t top = std::min(arguments.integer("top", 10, 1, 1000), codes.samples.count);
  const auto found = pipeline::neighbour_search().nearest({coder.encode(asked.values), codes.size},
                                                          {codes.values, codes.size}, top);
  Json answers = Json::array();
  report::Table table({"<query", "rank", "<sample", "distance"});
  std::vector<float> sheet;
  for (std::int64_t i = 0; i < asked.count; ++i) {
    Json nearest = Json::array();
    std::vector<std::int64_t> row;
    for (std::int64_t rank = 0; rank < top; ++rank) {
      const auto place = static_cast<std::size_t>(i * top + rank);
      row.push_back(found.indices[place]);
      const std::string name = codes.samples.name(row.back());
      nearest.push_back({{"sample", name}, {"distance", found.distances[place]}});
      table.row({asked.name(i), std::to_string(rank + 1), name,
                 report::fixed(static_cast<double>(found.distances[place]), 4)});
    }
    answers.push_back({{"query", asked.name(i)}, {"nearest", nearest}});
    if (codes.samples.values.empty()) continue;
    const auto own = asked.sample(i);
    sheet.insert(sheet.end(), own.begin(), own.end());
    const std::vector<float> pictures = picked(codes.samples, row);
    sheet.insert(sheet.end(), pictures.begin(), pictures.end());
  }
  record["queries"] = answers;
  if (prints_results(arguments) && !arguments.has("quiet")) std::fputs(table.text().c_str(), stdout);
  constexpr std::int64_t kMostRows = 64;
  if (!shows_pictures(coder, codes)) return;
  const auto row_values = static_cast<std::size_t>((top + 1) * codes.samples.sample_values());
  sheet.resize(std::min(sheet.size(), row_values * static_cast<std::size_t>(kMostRows)));
  write_contact_sheet(beside(codes.output, "_query.png"), codes.samples.sizes, sheet, top + 1);
}

}  // namespace

std::string beside(const std::string& output, const char* ending) {
  const fs::path path(output);
  return (path.parent_path() / (path.stem().string() + ending)).string();
}

void check_views(const Arguments& arguments, const pipeline::Coder& coder, const std::string& output) {
  if (!arguments.has("query")) arguments.forbid({"top"}, "goes with --query");
  if (arguments.has("plot")) check_new_file(arguments.text("plot"), arguments);
  if (arguments.has("report")) check_new_file(arguments.text("report"), arguments);
  if (arguments.has("cluster")) {
    check_new_file(beside(output, "_clusters.csv"), arguments);
    if (shows_pictures(coder)) check_new_file(beside(output, "_clusters.png"), arguments);
  }
  if (arguments.has("query") && shows_pictures(coder))
    check_new_file(beside(output, "_query.png"), arguments);
}

void write_views(const Arguments& arguments, pipeline::Coder& coder, const Codes& codes, Json& record) {
  std::vector<std::int32_t> labels;
  if (arguments.has("cluster")) labels = cluster(arguments, coder, codes, record);
  if (arguments.has("plot") || arguments.has("report")) {
    if (codes.size < 2) throw Error(ErrorCode::usage, "a map needs codes of two values or more");
    const std::vector<float> plane = pipeline::neighbour_search().plane({codes.values, codes.size});
    if (arguments.has("plot")) {
      const std::vector<std::int64_t> none;
      write_plane(arguments.text("plot"), codes.samples.values.empty() ? none : codes.samples.sizes,
                  codes.samples.values, plane);
    }
    if (arguments.has("report")) {
      write_embed_page(arguments.text("report"), codes, plane, labels, record);
    }
  }
  if (arguments.has("query")) query(arguments, coder, codes, record);
}

}  // namespace aedenoise::cli
