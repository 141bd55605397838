#include "results/codec.hpp"

#include <cstring>
#include <stdexcept>

#include "results/columns.hpp"

namespace capmix::results {
namespace {

struct Writer {
  std::string& out;
  template <class Number>
  void raw(Number n) const {
    char bytes[sizeof n];
    std::memcpy(bytes, &n, sizeof n);
    out.append(bytes, sizeof n);
  }
  void operator()(const char*, int64_t n) const { raw(n); }
  void operator()(const char*, double x) const { raw(x); }
  void operator()(const char*, const std::string& s) const {
    raw(static_cast<uint64_t>(s.size()));
    out += s;
  }
};

struct Reader {
  const std::string& in;
  size_t& at;
  template <class Number>
  void operator()(const char*, Number& n) const {
    std::memcpy(&n, take(sizeof n), sizeof n);
  }
  void operator()(const char*, std::string& s) const {
    const size_t size = count();
    s.assign(take(size), size);
  }
  size_t count() const {
    uint64_t n = 0;
    std::memcpy(&n, take(sizeof n), sizeof n);
    if (n > in.size()) throw std::runtime_error("facts of a run are damaged: a length exceeds the whole");
    return static_cast<size_t>(n);
  }
  const char* take(size_t size) const {
    if (in.size() - at < size) throw std::runtime_error("facts of a run are cut short");
    const char* p = in.data() + at;
    at += size;
    return p;
  }
};

}  // namespace

std::string pack(const Facts& facts) {
  std::string out;
  const Writer write{out};
  facts.each_table([&](const auto& table) {
    write.raw(static_cast<uint64_t>(table.size()));
    for (const auto& row : table) visit_const(row, write);
  });
  return out;
}

Facts unpack(const std::string& bytes) {
  Facts facts;
  size_t at = 0;
  const Reader read{bytes, at};
  facts.each_table([&](auto& table) {
    table.resize(read.count());  // a row has at least a byte, so a damaged count stays below the input's size
    for (auto& row : table) row.visit(read);
  });
  if (at != bytes.size()) throw std::runtime_error("facts of a run have bytes left over");
  return facts;
}

}  // namespace capmix::results
