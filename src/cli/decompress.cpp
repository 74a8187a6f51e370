// aedenoise decompress: .aedz files back into the files they were made of.
#include <algorithm>
#include <array>
#include <cmath>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/written_files.h"
#include "core/file.h"
#include "pipeline/compression.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kDecompressOptions{
    Option{"Output", "output", 'o', "FILE|FOLDER", "where the result goes; a folder for a series",
           Names::output},
    Option{"Output", "force", 'f', nullptr, "replace existing files"},
    Option{"Output", "region", 0, "X,Y,WIDTH,HEIGHT[,SLICE]",
           "only these pixels, as a picture without metadata; decodes no more tiles than that takes"},
    Option{"Network", "model", 'm', "FILE|NAME",
           "what was compressed with a learned codec needs its model, which it names by its SHA-256; those "
           "built in "
           "are found without this",
           Names::input},
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kQuietOption,
    kHelpOption};

// A name in a file decides no more than a name in the output folder.
fs::path safe_name(const std::string& name) {
  fs::path path = fs::path(name).filename();
  if (path.empty() || path == "." || path == ".." || path.string() != name)
    throw Error(ErrorCode::data, "is damaged: it holds a file of the impossible name '" + name + "'");
  return path;
}

// Scans come back in their own format, pictures in that of any picture.
void check_name(const pipeline::CompressedFile& file, const fs::path& output) {
  const auto own = std::ranges::find_if(
      io::formats(), [&](const io::Format* format) { return file.format() == format->name(); });
  if (own == io::formats().end() || dynamic_cast<const io::PictureFormat*>(*own) != nullptr) return;
  if (!io::is_image_name(output) || &io::format_for(output) == *own) return;
  throw Error(ErrorCode::usage, output.string() + ": what comes back is a " + file.format() +
                                    " file, named like '" + file.names().front() + "'");
}

std::vector<fs::path> outputs_of(const pipeline::CompressedFile& file, const fs::path& output,
                                 const Arguments& arguments) {
  std::error_code ignored;
  const bool folder = file.names().size() > 1 || fs::is_directory(output, ignored);
  if (!folder) check_name(file, output);
  std::vector<fs::path> paths;
  for (const std::string& name : file.names()) paths.push_back(folder ? output / safe_name(name) : output);
  for (const fs::path& path : paths) {
    check_free(path, arguments.has("force"));
    check_no_input(path, arguments);
  }
  if (folder) fs::create_directories(output, ignored);  // a failure shows when files are written
  return paths;
}

codec::Box region_from(const Arguments& arguments) {
  const std::vector<double> numbers = arguments.numbers("region", 0.0, 1e7);
  if (numbers.size() != 4 && numbers.size() != 5)
    throw Error(ErrorCode::usage, "--region takes X,Y,WIDTH,HEIGHT or with a slice X,Y,WIDTH,HEIGHT,SLICE");
  const auto whole = [&](std::size_t i) {
    if (numbers[i] != std::floor(numbers[i])) throw Error(ErrorCode::usage, "--region takes whole numbers");
    return static_cast<int>(numbers[i]);
  };
  return {whole(0), whole(1), numbers.size() == 5 ? whole(4) : 0, whole(2), whole(3), 1};
}

class DecompressCommand : public Command {
 public:
  const char* name() const override { return "decompress"; }
  const char* summary() const override { return "give back what an .aedz file was made of"; }
  const char* usage() const override { return "IN.aedz -o OUT [options]"; }
  const char* about() const override {
    return "Writes the image, scan or DICOM series an .aedz file was made of, in its format, with its "
           "header and metadata. Every checksum is verified. DICOM objects that were compressed with "
           "losses become derived ones that say so.";
  }
  const char* examples() const override {
    return "  $ aedenoise decompress photo.aedz -o photo.png\n"
           "  $ aedenoise decompress series.aedz -o series/\n"
           "  $ aedenoise decompress slide.aedz -o part.png --region 4096,2048,512,512\n";
  }
  std::span<const Option> options() const override { return kDecompressOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    if (arguments.positional().size() != 1) throw Error(ErrorCode::usage, "exactly one .aedz file is needed");
    if (!arguments.has("output")) throw Error(ErrorCode::usage, "no output was named; use -o FILE");
    const std::string input = arguments.positional().front();
    try {
      const io::Limits limits = limits_from(arguments);
      const pipeline::CompressedFile file(core::read_file(input, limits.max_input_bytes), limits,
                                          arguments.text("model"));
      const std::vector<std::string> notes = write(arguments, file);
      console.info(input + " -> " + arguments.text("output"));
      for (const std::string& note : notes) console.info("  note: " + note);
    } catch (const Error& error) {
      throw error.code() == ErrorCode::usage ? error : error.within(input);
    }
    return kDone;
  }

 private:
  static std::vector<std::string> write(const Arguments& arguments, const pipeline::CompressedFile& file) {
    const fs::path output = arguments.text("output");
    if (!arguments.has("region")) return file.restore(outputs_of(file, output, arguments));
    check_new_file(output, arguments);
    io::Document part;
    part.image = file.region(region_from(arguments));
    return io::write_document(part, part.image, output);
  }
};

}  // namespace

const Command& decompress_command() {
  static const DecompressCommand command;
  return command;
}

}  // namespace aedenoise::cli
