// What a result depends on, as text to hash: two results of one content are one result.
#pragma once

#include <string>

#include "model/study.hpp"

namespace capmix::step {

// Numbers with all their digits.
class Content {
 public:
  Content& operator<<(double x);
  Content& operator<<(const std::string& x) { text_ += x + ";"; return *this; }
  Content& operator<<(const char* x) { return *this << std::string(x); }
  Content& operator<<(const Uncertain<double>& u) { return *this << u.low << u.mode << u.high; }
  std::string hash() const;

 private:
  std::string text_;
};

// The shape of a model; its names move nothing.
void add(Content& content, const LlmModel& model);
void add(Content& content, const ParallelPlan& plan);

}  // namespace capmix::step
