#include "cli/arguments.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <sstream>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "core/text.h"

namespace aedenoise::cli {
namespace {

namespace po = boost::program_options;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::usage, message); }

bool takes_several(const Option& option) {
  return option.value != nullptr && std::string_view(option.value).ends_with("...");
}

// What an option whose value is left out stands for; nothing where it must not be.
std::string implied_value(const Option& option) {
  const std::string_view value = option.value == nullptr ? "" : option.value;
  if (!value.starts_with("[=")) return {};
  const std::size_t last = value.find_last_of("=|") + 1;
  return std::string(value.substr(last, value.size() - 1 - last));
}

po::options_description describe(std::span<const Option> options) {
  po::options_description description;
  for (const Option& option : options) {
    std::string name = option.name;
    if (option.letter != 0) name += std::string(",") + option.letter;
    if (takes_several(option)) {
      description.add_options()(name.c_str(),
                                po::value<std::vector<std::string>>()->multitoken()->composing());
    } else if (option.value != nullptr) {
      description.add_options()(name.c_str(), po::value<std::string>());
    } else {
      description.add_options()(name.c_str(), po::bool_switch());
    }
  }
  return description;
}

// Options whose value was left out with that value: Boost's own implicit values take what comes next.
std::vector<std::string> completed(std::span<const Option> options, std::vector<std::string> words) {
  const auto end = std::ranges::find(words, "--");
  for (auto word = words.begin(); word != end; ++word) {
    for (const Option& option : options) {
      const std::string value = implied_value(option);
      if (!value.empty() && *word == "--" + std::string(option.name)) *word += "=" + value;
    }
  }
  return words;
}

std::string unknown_option(std::span<const Option> options, const std::string& token) {
  if (!token.starts_with("--")) return "unknown option '" + token + "'";
  std::vector<std::string> known;
  for (const Option& option : options) known.push_back(std::string("--") + option.name);
  const std::string name = token.substr(0, token.find('='));
  return "unknown option '" + name + "'; did you mean '" + core::nearest(name, known) + "'?";
}

template <typename T>
T parse_number(const std::string& name, const std::string& text, T low, T high) {
  const auto value = core::number_of<T>(text);
  if (!value || !(*value >= low && *value <= high)) {
    std::ostringstream range;
    if (high >= std::numeric_limits<T>::max()) {
      range << "of at least " << low;
    } else {
      range << "from " << low << " to " << high;
    }
    const char* kind = std::is_integral_v<T> ? "a whole number " : "a number ";
    refuse("--" + name + " needs " + kind + range.str() + ", not '" + text + "'");
  }
  return *value;
}

}  // namespace

Arguments Arguments::parse(std::span<const Option> options, const std::vector<std::string>& words) {
  const po::options_description description = describe(options);
  po::positional_options_description rest;
  constexpr const char* kRest = " inputs";  // cannot be typed as an option
  rest.add(kRest, -1);
  po::options_description all;
  all.add(description).add_options()(kRest, po::value<std::vector<std::string>>());
  Arguments arguments;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    const auto parsed = po::command_line_parser(completed(options, words))
                            .options(all)
                            .positional(rest)
                            .style(style)
                            .allow_unregistered()
                            .run();
    for (const auto& option : parsed.options) {
      if (option.unregistered) refuse(unknown_option(options, option.original_tokens.at(0)));
    }
    po::variables_map map;
    po::store(parsed, map);
    for (const Option& option : options) {
      if (map.count(option.name) == 0) continue;
      const po::variable_value& value = map[option.name];
      if (takes_several(option)) {
        arguments.values_[option.name] = value.as<std::vector<std::string>>();
      } else if (option.value != nullptr) {
        arguments.values_[option.name] = {value.as<std::string>()};
      } else if (value.as<bool>()) {
        arguments.values_[option.name] = {""};
      }
    }
    for (const Option& option : options) {
      if (option.names == Names::nothing) continue;
      for (const std::string& path : arguments.values(option.name))
        arguments.paths_.push_back({option.names, {option.name, path}});
    }
    if (map.count(kRest) != 0) arguments.positional_ = map[kRest].as<std::vector<std::string>>();
  } catch (const po::error& error) {
    refuse(error.what());
  }
  return arguments;
}

std::vector<NamedPath> Arguments::paths(Names role) const {
  std::vector<NamedPath> out;
  for (const auto& [names, path] : paths_) {
    if (names == role) out.push_back(path);
  }
  if (role == Names::input) {
    for (const std::string& path : positional_) out.push_back({{}, path});
  }
  return out;
}

void Arguments::forbid(std::initializer_list<const char*> options, const std::string& why) const {
  for (const char* option : options) {
    if (has(option)) throw Error(ErrorCode::usage, "--" + std::string(option) + " " + why);
  }
}

std::string Arguments::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second.front();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

double Arguments::number(const std::string& name, double fallback, double low, double high) const {
  return has(name) ? parse_number(name, text(name), low, high) : fallback;
}

std::int64_t Arguments::integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                                std::int64_t high) const {
  return has(name) ? parse_number(name, text(name), low, high) : fallback;
}

std::vector<std::string> Arguments::list(const std::string& name) const {
  std::vector<std::string> parts;
  if (!has(name)) return parts;
  std::istringstream stream(text(name) + ",");
  for (std::string part; std::getline(stream, part, ',');) {
    if (part.empty()) refuse("--" + name + " needs values separated by commas, not '" + text(name) + "'");
    parts.push_back(part);
  }
  return parts;
}

std::vector<double> Arguments::numbers(const std::string& name, double low, double high) const {
  std::vector<double> out;
  for (const std::string& part : list(name)) out.push_back(parse_number(name, part, low, high));
  return out;
}

std::string Arguments::choice(const std::string& name, std::span<const char* const> choices) const {
  std::string chosen = text(name, choices.front());
  const std::vector<std::string> known(choices.begin(), choices.end());
  if (std::ranges::find(known, chosen) == known.end()) {
    refuse(core::unknown_name("value of --" + name, chosen, known));
  }
  return chosen;
}

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::istringstream words(text);
  const std::string margin(indent, ' ');
  std::string out;
  std::string line;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + margin + line + "\n";
}

std::string help_text(std::span<const Option> options) {
  constexpr std::size_t kIndent = 28;
  constexpr std::size_t kWidth = 90;
  std::vector<std::string> groups;
  for (const Option& option : options) {
    if (std::ranges::find(groups, option.group) == groups.end()) groups.emplace_back(option.group);
  }
  std::string out;
  for (const std::string& group : groups) {
    out += "\n" + group + ":\n";
    for (const Option& option : options) {
      if (group != option.group) continue;
      std::string head = option.letter != 0 ? std::string("  -") + option.letter + ", --" : "      --";
      head += option.name;
      if (option.value != nullptr)
        head += std::string(implied_value(option).empty() ? " " : "") + option.value;
      const std::string text = wrapped(option.help, kIndent, kWidth);
      const bool fits = head.size() + 2 <= kIndent;
      out += fits ? head + text.substr(head.size()) : head + "\n" + text;
    }
  }
  return out;
}

}  // namespace aedenoise::cli
