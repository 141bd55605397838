// The jobs that wait, in the order of the log, and the first of them that is narrow or short enough, in the logarithm of their
// number: a tree of minima over the log.
#pragma once

#include <cstddef>
#include <vector>

namespace capmix::fleet {

class Line {
 public:
  explicit Line(size_t jobs);
  void add(int job, double chips, double seconds);
  void remove(int job);
  size_t size() const { return count_; }
  bool has(int job) const;
  // The first job from `from` on; -1: none.
  int first(int from = 0) const;
  // The first from `from` on that is at most `chips` wide, and takes at most `seconds` or is at most `narrow` wide; -1: none.
  int first(int from, double chips, double seconds, double narrow) const;

 private:
  struct Least {
    double chips, seconds;
  };
  void set(int job, Least value);
  std::vector<Least> tree_;   // a heap: the children of i are 2 i and 2 i + 1
  size_t leaves_ = 1, count_ = 0;
};

}  // namespace capmix::fleet
