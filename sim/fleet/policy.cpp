#include "fleet/policy.hpp"

#include <map>

namespace capmix::fleet {
namespace {

std::map<std::string, const Policy*>& registry() {
  static std::map<std::string, const Policy*> policies;
  return policies;
}

}  // namespace

const Policy* find_policy(const std::string& name) {
  const auto it = registry().find(name);
  return it == registry().end() ? nullptr : it->second;
}

bool add_policy(const std::string& name, const Policy& policy) { return registry().emplace(name, &policy).second; }

}  // namespace capmix::fleet
