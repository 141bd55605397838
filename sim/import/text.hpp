// The text of a file, unpacked where it is packed with gzip (zlib).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace capmix::import {

// Why a path is no file that can be read: there is none, or it is a directory, a device or a pipe; "" of one that can.
std::string unreadable(const std::string& path);

// A whole file, of at most 1 GiB once it is unpacked. gzip is known by its first two bytes, whatever the name ends in;
// several members one behind the other are one text. Problems (cannot be read, cut off, damaged, too large) go to
// `problems`, with the line as far as which the text is good; it is then empty.
std::string read_text(const std::string& path, Diagnostics& problems);

// Whether a text holds bytes that no table of text has (NUL and other control characters) in its first 4 KiB.
bool is_binary(std::string_view text);

struct TextLine {
  int line = 0;            // 1-based
  std::string_view text;   // without its end
};
// Lines that are not blank, without a byte-order mark and without what stands after the last character of each. They
// point into `text`.
std::vector<TextLine> lines_of(std::string_view text);

// The names of formats, in their order.
template <class Format>
std::vector<std::string> names_of(const std::vector<Format>& formats) {
  std::vector<std::string> out;
  for (const auto& f : formats) out.push_back(f.name);
  return out;
}

// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

// A finite number that is the whole text; false otherwise.
bool parse_number(std::string_view text, double& out);

}  // namespace capmix::import
