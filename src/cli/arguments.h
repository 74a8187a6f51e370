// Options of a command: stated once in a table, from which parsing, checking and help come.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aedenoise::cli {

// What an option's value names: a file or folder that is read, the result, a report or table beside it.
enum class Names : std::uint8_t { nothing, input, output, beside };

// One line of a command's help.
struct Option {
  const char* group;  // heading it stands under
  const char* name;   // "output"
  char letter;        // 'o', or 0
  // What follows it, "FILE", or "FOLDER..." for one or more, or "[=2|4|8]" for what may be left out, when it
  // is the last of these; nullptr for a switch.
  const char* value;
  const char* help;
  Names names = Names::nothing;
};

struct NamedPath {
  std::string option;  // its name; empty for what stands without one
  std::string path;
};

// What a person typed, already known to consist of valid options.
class Arguments {
 public:
  // Error{usage} for an unknown option (naming the nearest), a missing value or an option given twice.
  static Arguments parse(std::span<const Option> options, const std::vector<std::string>& words);

  bool has(const std::string& name) const { return values_.contains(name); }
  const std::vector<std::string>& positional() const { return positional_; }

  // Error{usage} that begins with the option and goes on with `why` ("needs --self") if one of them is given.
  void forbid(std::initializer_list<const char*> options, const std::string& why) const;

  // Values; `fallback` when the option is absent. Error{usage} naming option and value for what is no number
  // or out of [low, high].
  std::string text(const std::string& name, const std::string& fallback = {}) const;
  double number(const std::string& name, double fallback, double low, double high) const;
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                       std::int64_t high) const;
  // Of an option that takes one or more values.
  std::vector<std::string> values(const std::string& name) const;
  // Separated by commas; empty when absent.
  std::vector<std::string> list(const std::string& name) const;
  std::vector<double> numbers(const std::string& name, double low, double high) const;
  // Files and folders that options of that role name; those without an option count as inputs.
  std::vector<NamedPath> paths(Names role) const;
  // One of `choices`; Error{usage} naming the nearest.
  std::string choice(const std::string& name,
                     std::span<const char* const> choices) const;  // first when absent

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> positional_;
  std::vector<std::pair<Names, NamedPath>> paths_;
};

// The table as help text, group by group in the order of first mention.
std::string help_text(std::span<const Option> options);

// "  text" wrapped at `width` columns with every line indented by `indent`.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width);

}  // namespace aedenoise::cli
