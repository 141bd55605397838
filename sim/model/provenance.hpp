// Where a number comes from, and how far it can be trusted.
#pragma once

#include <string>

#include "base/diagnostic.hpp"

namespace capmix {

enum class Confidence { verified, vendor, press, assumption };

inline const char* text(Confidence c) {
  switch (c) {
    case Confidence::verified: return "verified";
    case Confidence::vendor: return "vendor";
    case Confidence::press: return "press";
    case Confidence::assumption: return "assumption";
  }
  return "?";
}

// One factual number (or table row) of an input file, as written there. The reader collects one per
// leaf of every table that carries `source` and `confidence`.
struct Fact {
  std::string subject;  // "chips/h200-sxm"
  std::string path;     // "memory.bandwidth"
  std::string value;    // "4.8 TB/s", "{ low = ..., mode = ..., high = ... }"
  std::string source;
  Confidence confidence = Confidence::assumption;
  std::string note;
  Place place;
};

}  // namespace capmix
