#include "cli/sidecar.h"

#include <array>
#include <set>
#include <utility>

#include "aedenoise/error.h"
#include "aedenoise/version.h"

namespace aedenoise::cli {

namespace fs = std::filesystem;

fs::path sidecar_path(const BatchItem& item) {
  fs::path path = item.outputs.front();
  if (!path.has_extension() || !io::holds_volumes(path)) return path += ".json";
  if (path.extension() == ".gz") path.replace_extension();
  return path.replace_extension(".json");
}

void check_sidecars(const std::vector<BatchItem>& items, bool replaces) {
  std::set<fs::path> taken;
  for (const BatchItem& item : items) taken.insert(item.outputs.begin(), item.outputs.end());
  std::vector<fs::path> sidecars;
  for (const BatchItem& item : items) {
    if (item.copied || item.skip) continue;
    const fs::path path = sidecar_path(item);
    if (!taken.insert(path).second) {
      throw Error(ErrorCode::usage, "the sidecar '" + path.string() + "' has the name of another output");
    }
    sidecars.push_back(path);
  }
  check_outputs(sidecars, items, replaces);
}

std::vector<std::string> mirrored_sources(const BatchItem& item, const std::string& folder) {
  std::vector<std::string> sources;
  for (std::size_t i = 0; i < item.input.files.size(); ++i) {
    sources.push_back(folder.empty() ? item.input.files[i].filename().string()
                                     : item.outputs[i].lexically_relative(folder).string());
  }
  return sources;
}

report::Json sidecar_of(const std::vector<std::string>& sources, const report::Json& record) {
  report::Json out{{"Description", "Denoised"},
                   {"Sources", sources},
                   {"GeneratedBy", {{{"Name", "aedenoise"}, {"Version", version()}}}}};
  constexpr std::array<std::pair<const char*, const char*>, 9> kFields{
      {{"NoiseModel", "noise_model"},
       {"NoiseLevel", "sigma"},
       {"NoiseLevelEstimated", "sigma_estimated"},
       {"IntensityRange", "range"},
       {"Strength", "strength"},
       {"Model", "model"},
       {"ModelSHA256", "model_sha256"},
       {"Precision", "precision"},
       {"AdaptedToImage", "self"}}};
  for (const auto& [name, key] : kFields) {
    if (record.contains(key)) out[name] = record.at(key);
  }
  return out;
}

}  // namespace aedenoise::cli
