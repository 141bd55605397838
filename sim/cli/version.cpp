#include "cli/version.hpp"

#include "capmix_commit.h"

namespace capmix::cli {

std::string version() { return std::string("capmix ") + CAPMIX_VERSION + " (" + commit() + ")"; }
std::string commit() { return CAPMIX_COMMIT; }

}  // namespace capmix::cli
