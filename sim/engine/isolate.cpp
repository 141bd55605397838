#include "engine/isolate.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

#include "engine/workers.hpp"

namespace capmix::engine {

std::vector<double> in_child(const std::function<std::vector<double>()>& work) {
  std::string bytes;
  const bool ok = attempt(
      [&] {
        const auto numbers = work();
        return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
      },
      bytes);
  if (!ok) throw std::runtime_error(bytes);
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace capmix::engine
