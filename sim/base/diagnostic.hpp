// Problems in input, collected and reported together: file, place, message, suggestion.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace capmix {

struct Place {
  std::string file;
  int line = 0;    // 1-based; 0 = the file as a whole
  int column = 0;  // 1-based; 0 = the line as a whole
  std::string text() const;  // "file:line:column"
};

struct Diagnostic {
  Place place;
  std::string message;  // one line, without "error:"
  std::string text() const { return place.text() + ": error: " + message; }
};

class Diagnostics {
 public:
  void add(Place place, std::string message);
  bool ok() const { return items_.empty(); }
  size_t size() const { return items_.size(); }  // as added: one that is added twice counts twice
  // Sorted by file, line, column, message; each problem once.
  std::vector<Diagnostic> sorted() const;
  std::string text() const;  // one line per problem, newline-terminated

 private:
  std::vector<Diagnostic> items_;
};

// Bad input or usage: exit status 2. what() is the whole text to print, without a stack.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& message) : std::runtime_error(message) {}
  explicit InputError(const Diagnostics& d) : std::runtime_error(d.text()), count_(d.sorted().size()) {}
  size_t count() const { return count_; }

 private:
  size_t count_ = 1;
};

// The nearest of `candidates` to `word` by edit distance, or "" when none is near enough to suggest.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);
// The same as the end of a message: "; did you mean \"start\"?", or "".
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace capmix
