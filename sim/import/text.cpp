#include "import/text.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace capmix::import {
namespace {

constexpr size_t kMost = size_t{1} << 30;
constexpr const char* kBlanks = " \t\r\n";

// Inflates `packed`; says what is wrong with it, or nothing.
std::string unpack(const std::string& packed, std::string& out) {
  z_stream z{};
  if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return "cannot be unpacked";
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib reads it only
  z.avail_in = static_cast<uInt>(packed.size());
  std::string wrong;
  std::vector<char> part(1 << 16);
  bool ended = false;
  while (wrong.empty()) {
    z.next_out = reinterpret_cast<Bytef*>(part.data());
    z.avail_out = static_cast<uInt>(part.size());
    const int state = inflate(&z, Z_NO_FLUSH);
    out.append(part.data(), part.size() - z.avail_out);
    ended = state == Z_STREAM_END;
    if (state == Z_STREAM_END && z.avail_in == 0) break;
    if (state == Z_STREAM_END) inflateReset(&z);
    else if (state == Z_BUF_ERROR || (state == Z_OK && z.avail_in == 0 && z.avail_out > 0)) wrong = "is cut off: its gzip data end before the text does";
    else if (state != Z_OK) wrong = std::string("is damaged gzip data") + (z.msg == nullptr ? "" : std::string(" (") + z.msg + ")");
    if (out.size() > kMost) wrong = "is more than 1 GiB once it is unpacked";
  }
  inflateEnd(&z);
  return ended && wrong.empty() ? "" : wrong;
}

}  // namespace

std::string unreadable(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) return "cannot be read: there is no such file";
  if (std::filesystem::is_directory(status)) return "is a directory (expected a file)";
  if (std::filesystem::is_other(status)) return "is a device or a pipe (expected a file; as one it is empty)";
  return std::ifstream(path, std::ios::binary) ? "" : "cannot be read";
}

std::string read_text(const std::string& path, Diagnostics& problems) {
  const std::string no_file = unreadable(path);
  if (!no_file.empty()) return problems.add({path, 0, 0}, no_file), "";
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.rfind("\x1f\x8b", 0) != 0) return text;
  std::string out;
  const std::string wrong = unpack(text, out);
  if (wrong.empty()) return out;
  const auto good = std::count(out.begin(), out.end(), '\n');
  problems.add({path, static_cast<int>(good), 0}, wrong + (good > 0 ? " (its lines are good as far as this one)" : ""));
  return "";
}

bool is_binary(std::string_view text) {
  return std::any_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(text.size(), 4096)), [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
  });
}

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<TextLine> out;
  if (text.rfind("\xEF\xBB\xBF", 0) == 0) text.remove_prefix(3);
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto part = trimmed(text.substr(0, end));
    if (!part.empty()) out.push_back({line, part});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(kBlanks);
  return from == std::string_view::npos ? std::string_view() : text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

bool parse_number(std::string_view text, double& out) {
  text = trimmed(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(out);
}

}  // namespace capmix::import
