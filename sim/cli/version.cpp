#include "cli/version.hpp"

#include <fstream>
#include <iterator>

#include "base/hash.hpp"
#include "capmix_commit.h"

namespace capmix::cli {

std::string version() { return std::string("capmix ") + CAPMIX_VERSION + " (" + commit() + ")"; }
std::string commit() { return CAPMIX_COMMIT; }


std::string program_hash() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return bytes.empty() ? "" : hex64(hash64(bytes));
}

}  // namespace capmix::cli
