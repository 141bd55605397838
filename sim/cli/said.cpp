#include "cli/said.hpp"

#include <charconv>

namespace capmix::cli {

double probability(const std::string& text, const std::string& option, const std::string& said) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !(x >= 0 && x <= 1))
    throw InputError(option + " " + said + ": \"" + text + "\" is no number from 0 to 1");
  return x;
}

std::pair<std::string, std::string> assigned(const std::string& said, const std::string& option, const std::string& form) {
  const size_t at = said.rfind('=');
  if (at == std::string::npos || at == 0) throw InputError(option + " \"" + said + "\": expected " + form);
  return {said.substr(0, at), said.substr(at + 1)};
}

}  // namespace capmix::cli
