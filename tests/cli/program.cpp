#include "cli/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "core/rng.h"
#include "io/format.h"
#include "nn/weights.h"
#include "support/models.h"

namespace aedenoise::cli_tests {
namespace {

constexpr const char* kStandardOut = ".stdout";
constexpr const char* kStandardError = ".stderr";

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Sandbox::Sandbox() {
  std::string pattern = (fs::path(testing::TempDir()) / "aedenoise_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

pid_t Sandbox::start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words{AEDENOISE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  raw.push_back(nullptr);
  const std::string out = path(kStandardOut).string();
  const std::string err = path(kStandardError).string();
  std::ofstream(out).close();
  std::ofstream(err).close();
  malloc_trim(0);  // what this process holds now counts in the peak of the one that begins as its copy
  const pid_t process = fork();
  if (process == 0) {
    const int to_out = open(out.c_str(), O_WRONLY | O_TRUNC);
    const int to_err = open(err.c_str(), O_WRONLY | O_TRUNC);
    if (chdir(folder_.c_str()) == 0 && dup2(to_out, STDOUT_FILENO) >= 0 && dup2(to_err, STDERR_FILENO) >= 0) {
      execv(raw[0], raw.data());
    }
    _exit(127);
  }
  return process;
}

Outcome Sandbox::finish(pid_t process) const {
  int status = 0;
  rusage usage{};
  wait4(process, &status, 0, &usage);
  return {exit_code(status), slurp(path(kStandardOut)), slurp(path(kStandardError)),
          static_cast<std::uint64_t>(usage.ru_maxrss) * 1024U};
}

Outcome Sandbox::run(const std::vector<std::string>& arguments) const { return finish(start(arguments)); }

bool Sandbox::wait_for(pid_t process, const std::string& text) const {
  constexpr useconds_t kPause = 2000;
  while (slurp(path(kStandardError)).find(text) == std::string::npos) {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT);
    if (info.si_pid == process) return false;
    usleep(kPause);
  }
  return true;
}

void Sandbox::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path(name), std::ios::binary) << bytes;
}

std::string Sandbox::read(const std::string& name) const { return slurp(path(name)); }

std::vector<std::string> Sandbox::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().lexically_relative(folder_).string();
    if (name != kStandardOut && name != kStandardError) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

void Sandbox::write_image(const std::string& name, int channels, int height, int width, double sigma) const {
  io::Document document;
  Image& image = document.image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  const bool is_float = name.ends_with(".tif");
  image.datatype = is_float ? DataType::float32 : DataType::uint8;
  image.high = 255.0;
  core::Rng rng(11);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double clean = 128.0 + 80.0 * std::sin(0.07 * x + c) * std::cos(0.05 * y);
        const double noisy = clean + sigma * static_cast<double>(rng.normal());
        image.values.push_back(static_cast<float>(std::clamp(std::round(noisy), 0.0, 255.0)));
      }
    }
  }
  io::write_document(document, image, path(name));
}

Image Sandbox::read_image(const std::string& name) const { return io::read_document(path(name)).image; }

void Sandbox::write_model(const std::string& name, int channels) const {
  const auto bytes = nn::write_safetensors(support::random_model(channels).weights, nn::Storage::f32);
  write(name, {bytes.begin(), bytes.end()});
}

}  // namespace aedenoise::cli_tests
