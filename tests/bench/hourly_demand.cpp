// What demand by the hour adds to a fleet run: the article's study with ten regions and an hourly shape against the same
// with one flat region, once of the same requests and once of the same peak hour (pools are sized for it, so that the same
// chips are left for training). Worlds are read and profiles are at hand before anything is timed.
// CPU seconds of plan and fleet, each run in a process of its own, one of each in turn; the median of the pairs' ratios counts.
// Prints rows of capmix_bench's table; asserts nothing.
//   capmix_bench_hourly ROOT DIR [ROUNDS]     (ROOT: the checkout; DIR: made, or filled over)
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/isolate.hpp"
#include "fleet/demand.hpp"
#include "fleet/fleet.hpp"
#include "plan/plan.hpp"
#include "study/rates.hpp"
#include "study/worlds.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

constexpr int kOffsets[] = {8, 7, 9, 5, 4, 3, 1, 0, -5, -8};  // of ten regions, hours

// level: times the article's mode.
std::string demand(bool hourly, double level) {
  std::string out = "users = 1.5e9\nrequests_per_user_day = 43\nmultiplier = " + std::to_string(8 * level) + "\nannual_growth = 0.1\nsource = \"Bench\"\nconfidence = \"assumption\"\n";
  if (!hourly) return out + "hour = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\nweekday = [1, 1, 1, 1, 1, 1, 1]\n[[region]]\nid = \"all\"\nshare = 1\nutc_offset = 0\n";
  // The shape and the weekdays of workloads/demand/douyin-tiktok.toml.
  out += "hour = [0.80, 0.50, 0.36, 0.30, 0.30, 0.34, 0.50, 0.75, 0.85, 0.90, 0.92, 0.95, 1.20, 1.15, 1.00, 0.98, 1.00, 1.10, 1.40, 1.70, 1.95, 2.00, 1.75, 1.30]\n"
         "weekday = [0.95, 0.95, 0.95, 0.97, 1.03, 1.10, 1.05]\n";
  for (int i = 0; i < 10; ++i) out += "[[region]]\nid = \"region-" + std::to_string(i) + "\"\nshare = 0.1\nutc_offset = " + std::to_string(kOffsets[i]) + "\n";
  return out;
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string write_study(const fs::path& root, const fs::path& dir, bool hourly, double level = 1) {
  // Copies: the demand is sought beside a service's folder, and through a link that would be the checkout's.
  fs::create_directories(dir);
  for (const char* folder : {"models", "training", "recommendation"}) fs::copy(root / "workloads" / folder, dir / folder, fs::copy_options::recursive | fs::copy_options::update_existing);
  write(dir / "demand/douyin-tiktok.toml", demand(hourly, level));
  const std::string base = fs::canonical(root).string();  // what the article's study names is sought beside this one
  write(dir / "study.toml", "extends = \"" + base + "/analysis/studies/bytedance-2026\"\nplatform = \"" + base + "/platforms/bytedance-2026.toml\"\nporting = [\"" + base + "/workloads/porting/cuda.toml\", \"" + base +
        "/workloads/porting/cann.toml\", \"" + base + "/workloads/porting/asic.toml\"]\nclaims = []\nworkloads = [\"training/bytedance-2026.toml\", \"recommendation/bytedance-2026.toml\"]\n");
  return (dir / "study.toml").string();
}

double cpu() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct Variant {
  const char* name;
  study::Worlds worlds;
  std::vector<RateTable> rates;
  std::vector<double> fleet{}, both{};  // CPU seconds by round
  double megabytes = 0;                 // at most
  Variant(const char* what, const std::string& path) : name(what), worlds(study::load(path)), rates(study::collect_rates(worlds, "", 2, [](const std::string&, int, int) {})) {}
  const Scenario& scenario() const { return worlds.base(); }
  size_t regions() const { return scenario().service(0).demand.regions.size(); }

  void run() {
    const auto seconds = engine::in_child([&]() -> std::vector<double> {
      const Scenario& s = scenario();
      const Draw draw = study::draw_of(s.study, -1);
      const double begin = cpu();
      const Plan plan = plan::make(s, s.study.mixes.front(), s.study.outcomes.front(), draw);
      const double planned = cpu();
      const Facts facts = fleet::simulate(s, plan, rates.front(), draw);
      const double done = cpu();
      if (facts.of<ServeMonth>().size() != 36 * regions()) throw std::runtime_error("the run served no 36 months");
      rusage usage{};
      ::getrusage(RUSAGE_SELF, &usage);
      return {done - begin, done - planned, static_cast<double>(usage.ru_maxrss) / 1024};
    });
    both.push_back(seconds[0]), fleet.push_back(seconds[1]), megabytes = std::max(megabytes, seconds[2]);
  }
};

// The greatest hour of the first month over its mean.
double peak_to_mean(const Scenario& s) {
  const fleet::DemandCurve curve(s.service(0).demand, s.study.timeline, study::draw_of(s.study, -1));
  constexpr int64_t kHours = 31 * 24;
  double sum = 0;
  for (int64_t h = 0; h < kHours; ++h) sum += curve.rate(h);
  return curve.peak(0, kHours) / (sum / kHours);
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x.size() % 2 == 1 ? x[x.size() / 2] : (x[x.size() / 2 - 1] + x[x.size() / 2]) / 2;
}

// Median over the rounds of what `a` takes more than `b`.
double added(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (size_t i = 0; i < a.size(); ++i) out.push_back(a[i] / b[i] - 1);
  return median(out);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::fprintf(stderr, "usage: capmix_bench_hourly ROOT DIR [ROUNDS]\n"), 2;
  const int rounds = argc > 3 ? std::max(1, std::atoi(argv[3])) : 21;
  const fs::path root = argv[1], dir = argv[2];
  Variant hourly("fleet run of 36 months, ten regions by the hour, CPU", write_study(root, dir / "hourly", true));
  Variant flat("  one flat region, the same requests", write_study(root, dir / "flat", false));
  Variant peak("  one flat region, the same peak", write_study(root, dir / "peak", false, peak_to_mean(hourly.scenario())));
  if (hourly.regions() != 10 || flat.regions() != 1 || peak.regions() != 1) throw std::runtime_error("expected 10 regions, 1 and 1");
  Variant* all[] = {&hourly, &flat, &peak};
  for (int i = 0; i < rounds; ++i)
    for (int v = 0; v < 3; ++v) all[(i + v) % 3]->run();
  for (const auto* v : all) {
    const auto [least, most] = std::minmax_element(v->fleet.begin(), v->fleet.end());
    std::printf("%-52s %8.4f %8.4f %8.4f %10.0f", v->name, *least, median(v->fleet), *most, v->megabytes);
    if (v == &hourly) std::printf("\n");
    else std::printf("  by the hour adds %+.1f %% (bar: 20 %%), %+.1f %% with the plan; median of %d pairs\n", 100 * added(hourly.fleet, v->fleet), 100 * added(hourly.both, v->both), rounds);
  }
  return 0;
} catch (const std::exception& e) {
  return std::fprintf(stderr, "capmix_bench_hourly: %s\n", e.what()), 1;
}
