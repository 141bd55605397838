#include "engine/isolate.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

#include "engine/guard.hpp"
#include "engine/workers.hpp"

namespace capmix::engine {
namespace {

std::string packed(const std::vector<double>& numbers) { return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)}; }

std::vector<double> unpacked(const std::string& bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace

std::vector<double> in_child(const std::function<std::vector<double>()>& work) {
  std::string bytes;
  if (!attempt([&] { return packed(work()); }, bytes)) throw std::runtime_error(bytes);
  return unpacked(bytes);
}

std::vector<double> in_guarded_child(const std::function<std::vector<double>()>& work, unsigned seconds) {
  const auto outcome = guarded([&] { return packed(work()); }, seconds);
  if (!outcome.ok) throw std::runtime_error(outcome.reason);
  return unpacked(outcome.bytes);
}

}  // namespace capmix::engine
