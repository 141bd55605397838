// What this binary is, for --version and the manifest.
#pragma once

#include <string>

namespace capmix::cli {

std::string version();  // "capmix 0.1.0 (1a2b3c4d)"
std::string commit();   // of the checkout that was built, "-dirty" when it had changes; "unknown" outside git

std::string program_hash();  // of this program's own bytes, for a build that its commit does not name; "": it cannot be read

}  // namespace capmix::cli
