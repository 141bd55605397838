// All facts of a run as bytes and back, exactly: what a child process sends to its parent through a pipe.
// Not a file format: native byte order, no version; both ends are the same binary.
#pragma once

#include <string>

#include "model/facts.hpp"

namespace capmix::results {

std::string pack(const Facts& facts);
// Throws std::runtime_error when the bytes are cut short or too many.
Facts unpack(const std::string& bytes);

}  // namespace capmix::results
