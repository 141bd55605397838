// Where text goes: standard output whole, files beside and renamed, progress only on a terminal.
#pragma once

#include <chrono>
#include <string>

namespace capmix::cli {

void print(const std::string& text);
int terminal_width();  // columns of standard output; 100 when it is not a terminal

// Throws InputError when the file could not be written later.
void probe_output(const std::string& path);
// Writes beside and renames: a reader sees the old file or the new one, never a part.
void write_whole(const std::string& path, const std::string& text);

// One line on standard error with done, total and time left; nothing when it is not a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine() { clear(); }
  void show(const std::string& phase, int done, int total);
  // Before a long run: how many runs, and how long they will take. Nothing of a short one; on no terminal too.
  void announce(int runs, double seconds);
  void clear();

 private:
  bool on_;
  bool drawn_ = false;
  std::string phase_;
  int from_ = 0;  // done when the phase was first shown: a command may go on where another stopped
  std::chrono::steady_clock::time_point begin_, last_;
};

}  // namespace capmix::cli
