#include "cli/features_page.h"

#include <map>

#include "cli/atlas.h"
#include "report/html.h"

namespace aedenoise::cli {
namespace {

using report::Json;

// The samples that fire any feature most, each once, and for each feature where they are in that list.
struct Strongest {
  std::vector<float> samples;
  Json places = Json::array();
};

Strongest strongest_of(const pipeline::FeatureReport& found, const pipeline::Samples& samples) {
  Strongest out;
  std::map<std::int64_t, std::size_t> known;
  for (const auto& list : found.strongest) {
    Json places = Json::array();
    for (const pipeline::Activation& activation : list) {
      const auto [at, is_new] = known.emplace(activation.sample, known.size());
      if (is_new) {
        const auto sample = samples.sample(activation.sample);
        out.samples.insert(out.samples.end(), sample.begin(), sample.end());
      }
      places.push_back(at->second);
    }
    out.places.push_back(std::move(places));
  }
  return out;
}

}  // namespace

void write_features_page(const std::string& path, const Json& record, const pipeline::FeatureReport& found,
                         const pipeline::Samples& samples, const std::vector<float>& atoms,
                         const std::vector<std::int64_t>& sizes) {
  report::HtmlPage page(path, "features", "aedenoise: features");
  Json data = record;
  if (!sizes.empty()) {
    const Strongest strongest = strongest_of(found, samples);
    page.data("atoms", report::script_json(atlas_of(sizes, atoms, true)));
    if (!strongest.samples.empty()) {
      page.data("inputs", report::script_json(atlas_of(sizes, strongest.samples, true)));
      data["places"] = strongest.places;
    }
  }
  page.data("data", report::script_json(data));
  page.commit();
}

}  // namespace aedenoise::cli
