// Resolved references: an Id<T> is the index of a T in the Scenario's table of T.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace capmix {

template <class T>
struct Id {
  static constexpr uint32_t kNone = 0xffffffffu;
  uint32_t index = kNone;
  constexpr bool valid() const { return index != kNone; }
  constexpr auto operator<=>(const Id&) const = default;
};

// A vector that is indexed by Id<T>, so that a chip's id cannot pick a site.
template <class T>
class Table {
 public:
  Id<T> add(T item) {
    items_.push_back(std::move(item));
    return {static_cast<uint32_t>(items_.size() - 1)};
  }
  const T& operator[](Id<T> id) const { return items_[id.index]; }
  T& operator[](Id<T> id) { return items_[id.index]; }
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  Id<T> id_at(size_t i) const { return {static_cast<uint32_t>(i)}; }
  // The entry whose `id` member equals name; an invalid Id when there is none.
  template <class S>
  Id<T> find(const S& name) const {
    for (size_t i = 0; i < items_.size(); ++i)
      if (items_[i].id == name) return id_at(i);
    return {};
  }

 private:
  std::vector<T> items_;
};

}  // namespace capmix
