#include "cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/diagnostic.hpp"

namespace capmix::cli {

namespace fs = std::filesystem;

void print(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !whole) throw std::runtime_error("standard output could not be written");
}

constexpr int kNarrowest = 20;  // columns in which a table can still be read

// A shell that is asked to pipe says its width in COLUMNS, where it exports it.
int terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string columns = ::isatty(STDOUT_FILENO) == 0 && std::getenv("COLUMNS") != nullptr ? std::getenv("COLUMNS") : "";
  int n = 0;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), n);
  return error == std::errc() && end == columns.data() + columns.size() && n >= kNarrowest ? n : 100;
}

void probe_output(const std::string& path) {
  const fs::path dir = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  if (fs::is_directory(path)) throw InputError(path + ": is a directory (expected a file to write)");
  if (!fs::is_directory(dir)) throw InputError(path + ": cannot be written: there is no directory " + dir.string());
  const bool writable = ::access(dir.c_str(), W_OK) == 0 && (!fs::exists(path) || ::access(path.c_str(), W_OK) == 0);
  if (!writable) throw InputError(path + ": cannot be written: permission denied");
  if (fs::exists(path)) return;
  // Root may write everywhere, and yet not every file system takes a file.
  const std::string beside = path + ".part";
  const bool made = static_cast<bool>(std::ofstream(beside, std::ios::app));
  std::error_code ignored;
  fs::remove(beside, ignored);
  if (!made) throw InputError(path + ": cannot be written: no file can be made there");
}

void write_whole(const std::string& path, const std::string& text) {
  // A device or a pipe stays what it is: it is written to, not replaced.
  const bool in_place = fs::exists(path) && !fs::is_regular_file(path);
  const std::string beside = in_place ? path : path + ".part";
  {
    std::ofstream out(beside, std::ios::binary);
    out << text;
    out.flush();
    if (!out) {
      std::error_code ignored;
      if (!in_place) fs::remove(beside, ignored);
      throw std::runtime_error(path + ": could not be written (is the disk full?)");
    }
  }
  if (!in_place) fs::rename(beside, path);
}

ProgressLine::ProgressLine(bool wanted) : on_(wanted && ::isatty(STDERR_FILENO) != 0) {}

// "40 s", "3 min", "2 h 10 min".
std::string duration_text(double seconds) {
  const long s = std::lround(seconds), minutes = std::lround(seconds / 60);
  if (s < 90) return std::to_string(s) + " s";
  if (minutes < 120) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

void ProgressLine::show(const std::string& phase, int done, int total) {
  if (!on_) return;
  const auto now = std::chrono::steady_clock::now();
  if (phase != phase_) phase_ = phase, begin_ = now, from_ = done;
  else if (done < total && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  const double spent = std::chrono::duration<double>(now - begin_).count();
  const double left = done > from_ ? spent / (done - from_) * (total - done) : 0;
  std::fprintf(stderr, "\r\033[K%s %d/%d%s", phase.c_str(), done, total,
               left >= 1 ? (", " + duration_text(left) + " left").c_str() : "");
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::announce(int runs, double seconds) {
  constexpr double kLong = 20;
  if (seconds < kLong) return;
  clear();
  std::fprintf(stderr, "%d runs to come, about %s\n", runs, duration_text(seconds).c_str());
}

void ProgressLine::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace capmix::cli
