#include "fleet/line.hpp"

#include <algorithm>

#include "model/jobs.hpp"

namespace capmix::fleet {

Line::Line(size_t jobs) {
  while (leaves_ < jobs) leaves_ *= 2;
  tree_.assign(2 * leaves_, {kForever, kForever});
}

void Line::set(int job, Least value) {
  size_t i = leaves_ + static_cast<size_t>(job);
  tree_[i] = value;
  for (i /= 2; i > 0; i /= 2) {
    const Least &a = tree_[2 * i], &b = tree_[2 * i + 1];
    tree_[i] = {std::min(a.chips, b.chips), std::min(a.seconds, b.seconds)};
  }
}

void Line::add(int job, double chips, double seconds) { set(job, {chips, seconds}), ++count_; }
void Line::remove(int job) { set(job, {kForever, kForever}), --count_; }
bool Line::has(int job) const { return tree_[leaves_ + static_cast<size_t>(job)].chips < kForever; }
int Line::first(int from) const { return count_ == 0 ? -1 : first(from, 1e300, kForever, kForever); }

// From the leaf up to the first subtree to the right that may hold one, then down; up again where its minima were of two jobs.
int Line::first(int from, double chips, double seconds, double narrow) const {
  if (from >= static_cast<int>(leaves_)) return -1;
  const auto may = [&](size_t i) { return tree_[i].chips <= chips && (tree_[i].seconds <= seconds || tree_[i].chips <= narrow); };
  size_t i = leaves_ + static_cast<size_t>(from);
  while (true) {
    if (may(i)) {
      if (i >= leaves_) return static_cast<int>(i - leaves_);
      i *= 2;
      continue;
    }
    while (i % 2 == 1) {
      if (i == 1) return -1;
      i /= 2;
      if (i == 1) return -1;
    }
    ++i;
  }
}

}  // namespace capmix::fleet
