#include "engine/clock.hpp"

#include <functional>
#include <string>

#include "catch.hpp"
#include "engine/workers.hpp"

using capmix::Seconds;
using capmix::engine::Clock;

namespace {

// One clock per process: each case runs in a child and returns what it wrote down.
std::string in_child(const std::function<std::string()>& work) {
  std::string bytes;
  REQUIRE(capmix::engine::attempt(work, bytes));
  return bytes;
}

}  // namespace

TEST_CASE("callbacks run by date, equal dates in the order of registration") {
  CHECK(in_child([] {
          std::string log;
          Clock clock;
          clock.at(Seconds(2), [&] { log += "c"; });
          clock.at(Seconds(1), [&] { log += "a"; });
          clock.at(Seconds(1), [&] { log += "b"; });
          clock.at(Seconds(3), [&] { log += "e"; });
          clock.at(Seconds(2), [&] { log += "d"; });
          clock.run(Seconds(10));
          return log;
        }) == "abcde");
}

TEST_CASE("a callback may register others, at its own date too, and sees its date") {
  CHECK(in_child([] {
          std::string log;
          Clock clock;
          clock.at(Seconds(5), [&] {
            log += std::to_string(static_cast<int>(clock.now().value()));
            clock.at(Seconds(5), [&] { log += "now"; });
            clock.at(Seconds(7.5), [&] { log += std::to_string(clock.now().value()).substr(0, 3); });
          });
          clock.run(Seconds(10));
          return log;
        }) == "5now7.5");
}

TEST_CASE("a run includes its last date and nothing after it, and the next run goes on") {
  CHECK(in_child([] {
          std::string log;
          Clock clock;
          clock.at(Seconds(1), [&] { log += "a"; });
          clock.at(Seconds(2), [&] { log += "b"; });
          clock.at(Seconds(3), [&] { log += "c"; });
          clock.run(Seconds(2));
          log += "|";
          clock.run(Seconds(4));
          return log;
        }) == "ab|c");
}

TEST_CASE("pods start off and go on and off at their dates") {
  CHECK(in_child([] {
          std::string log;
          Clock clock;
          const int pod = clock.add_pod("pod", 1e15), other = clock.add_pod("other", 1e15);
          const auto note = [&] { log += clock.pod_is_on(pod) ? "1" : "0", log += clock.pod_is_on(other) ? "1" : "0"; };
          clock.at(Seconds(1), note);
          clock.at(Seconds(2), [&] { clock.switch_pod(pod, true), note(); });
          clock.at(Seconds(3), [&] { clock.switch_pod(pod, false), clock.switch_pod(other, true), note(); });
          clock.run(Seconds(5));
          return log;
        }) == "001001");
}
