// The whole of a fleet run by its size: 36 months of ten thousand, a hundred thousand and a million chips in pods of 1,024, ten regions of
// hourly demand, 10,000 training jobs and every failure an event; how time and memory grow, and what each part of it takes.
// Worlds are read and profiles are at hand before anything is timed. CPU seconds of the fleet, each run in a process of
// its own, one of each in turn; medians count. Prints rows of capmix_bench's table; asserts nothing.
//   capmix_bench_fleet ROOT DIR [ROUNDS]     (ROOT: the checkout; DIR: made, or filled over)
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/isolate.hpp"
#include "engine/network.hpp"
#include "fleet/fleet.hpp"
#include "plan/plan.hpp"
#include "study/rates.hpp"
#include "study/worlds.hpp"

namespace fs = std::filesystem;
using namespace capmix;

namespace {

constexpr const char* kSource = "source = \"Bench\"\nconfidence = \"assumption\"\n";
constexpr const char* kSites[] = {"north", "east", "south", "west"};
constexpr double kWidths[] = {1.0 / 15625, 2.0 / 15625, 4.0 / 15625, 8.0 / 15625, 0.001024, 0.001024, 0.002048, 0.004096};  // of the fleet
constexpr int kRuns = 1250, kOffsets[] = {8, 7, 9, 5, 4, 3, 1, 0, -5, -8};

struct Parts {
  bool failures = true, hourly = true, jobs = true;
};

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string platform(const std::string& base, int64_t chips) {
  std::string out = "name = \"Scale\"\ncatalogue = \"" + base + "/platforms\"\n";
  const std::pair<const char*, double> nodes[] = {{"hgx-h200", 0.6}, {"hgx-h20", 0.3}, {"hgx-h100", 0.1}};
  std::string existing;
  for (const char* site : kSites) {
    out += "[[site]]\nid = \"" + std::string(site) + "\"\nname = \"" + site + "\"\ncountry = \"XX\"\nbuildout = \"us\"\nfabric = \"rail-fat-tree\"\nuplink = \"3.2 Tbit/s\"\npue = 1.2\nenergy_price = \"USD 0.08/kWh\"\nbuild_cost = \"USD 3m/MW\"\n" + kSource +
           "[[site.hall]]\nid = \"hall\"\npower = \"900 MW\"\nstart = 2020-01-01\nexisting = true\n" + kSource;
    for (const auto& [node, share] : nodes) {
      const auto pods = std::max<int64_t>(1, std::llround(static_cast<double>(chips) * share / 4 / 1024));
      existing += "[[existing]]\nid = \"" + std::string(site) + "-" + node + "\"\nnode = \"" + node + "\"\nsite = \"" + site + "\"\nhall = \"hall\"\nchips = " + std::to_string(pods * 1024) + "\nsince = 2025-01-01\n" + kSource;
    }
  }
  return out + existing + "[[producer]]\nid = \"any\"\nfrom = 2026-01-01\n" + kSource + "[[producer.year]]\nyear = 2026\nunits = 1000000\n[[offer]]\nid = \"h200\"\nnode = \"hgx-h200\"\nproducer = \"any\"\nlead_time = \"3 months\"\nopens = 2026-01-01\nprice = \"USD 24.8k\"\n" + kSource;
}

// Eight widths, 1,250 runs of each; a run takes some 35 days on H200 at 40 % of their peak, so that training has nine tenths of its chips.
std::string campaigns(int64_t chips, bool jobs) {
  std::string out;
  for (size_t i = 0; i < std::size(kWidths); ++i) {
    const auto width = std::max<int64_t>(8, std::llround(kWidths[i] * static_cast<double>(chips) / 8) * 8);
    const double tokens = 0.4 * 989e12 / (6 * 8e9) * static_cast<double>(width) * 35 * 86400;
    char amount[32];
    std::snprintf(amount, sizeof amount, "%.4e", tokens);
    out += "[[campaign]]\nid = \"w" + std::to_string(i) + "\"\nname = \"w\"\nmodel = \"llama-3.1-8b\"\ntokens = " + amount + "\nruns = " + std::to_string(jobs ? kRuns : 1) + "\nseq = 4096\nglobal_batch = " + std::to_string(width * 4) +
           "\nprecision = \"bf16\"\nchips = " + std::to_string(width) + "\nplans = [{ tp = 2, zero = 2, micro_batch = 1, recompute = \"full\" }, { tp = 8, zero = 1, micro_batch = 1, recompute = \"full\" }]\npriority = " + std::to_string(i) + "\ncheckpoint = \"14 B\"\n" + kSource;
  }
  return out;
}

// The shape and the weekdays of workloads/demand/douyin-tiktok.toml; as many users for a chip as the article's fleet has.
std::string demand(int64_t chips, bool hourly) {
  std::string out = "users = 1.5e9\nrequests_per_user_day = 43\nmultiplier = " + std::to_string(6 * static_cast<double>(chips) / 300e3) + "\nannual_growth = 0.1\n" + kSource;
  if (!hourly) return out + "hour = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\nweekday = [1, 1, 1, 1, 1, 1, 1]\n[[region]]\nid = \"all\"\nshare = 1\nutc_offset = 0\n";
  out += "hour = [0.80, 0.50, 0.36, 0.30, 0.30, 0.34, 0.50, 0.75, 0.85, 0.90, 0.92, 0.95, 1.20, 1.15, 1.00, 0.98, 1.00, 1.10, 1.40, 1.70, 1.95, 2.00, 1.75, 1.30]\n"
         "weekday = [0.95, 0.95, 0.95, 0.97, 1.03, 1.10, 1.05]\n";
  for (size_t i = 0; i < std::size(kOffsets); ++i) out += "[[region]]\nid = \"region-" + std::to_string(i) + "\"\nshare = 0.1\nutc_offset = " + std::to_string(kOffsets[i]) + "\n";
  return out;
}

std::string write_study(const fs::path& root, const fs::path& dir, int64_t chips, const Parts& parts) {
  const std::string base = fs::canonical(root).string();
  fs::create_directories(dir);
  fs::copy(root / "workloads/models", dir / "models", fs::copy_options::recursive | fs::copy_options::update_existing);
  write(dir / "platform.toml", platform(base, chips));
  write(dir / "training/jobs.toml", campaigns(chips, parts.jobs));
  write(dir / "demand/here.toml", demand(chips, parts.hourly));
  write(dir / "recommendation/feed.toml", std::string("[[service]]\nid = \"feed\"\nname = \"Feed\"\nheadroom = 0.1\ndemand = \"here\"\n") + kSource + "[[service.stage]]\nid = \"ranking\"\nmodel = \"ranking-1b\"\ncandidates = 500\nobjective = \"80 ms\"\npercentile = 0.99\nprecision = \"fp16\"\ncell_chips = 8\n" + kSource);
  write(dir / "study.toml", "name = \"Scale\"\nplatform = \"platform.toml\"\nworkloads = [\"training/jobs.toml\", \"recommendation/feed.toml\"]\nporting = [\"" + base + "/workloads/porting/cuda.toml\"]\nstart = 2026-01-01\nend = 2028-12-31\nseed = 1\ndraws = 1\nfailures = \"" +
        (parts.failures ? "events" : "expected") + "\"\n[budget]\ncapex = \"USD 1bn\"\nchips = \"USD 1bn\"\norder_date = 2026-01-01\n" + kSource + "[objective]\nreference = \"w7\"\n[[mix]]\nid = \"some\"\nname = \"some\"\nspend = { h200 = \"USD 1m\" }\n[[outcome]]\nid = \"plain\"\nname = \"plain\"\n");
  return (dir / "study.toml").string();
}

double cpu() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

struct Variant {
  std::string name;
  study::Worlds worlds;
  std::vector<RateTable> rates;
  std::vector<double> seconds{};
  double megabytes = 0, strikes = 0, finished = 0, pods = 0, chips = 0;

  Variant(std::string what, const fs::path& cache, const std::string& path)
      : name(std::move(what)), worlds(study::load(path)), rates(study::collect_rates(worlds, cache.string(), 2, [](const std::string&, int, int) {})) {}

  void run() {
    const auto got = engine::in_child([&]() -> std::vector<double> {
      const Scenario& s = worlds.base();
      const Draw draw = study::draw_of(s.study, -1);
      const Plan plan = plan::make(s, s.study.mixes.front(), s.study.outcomes.front(), draw);
      const double begin = cpu();
      const Facts facts = fleet::simulate(s, plan, rates.front(), draw);
      const double took = cpu() - begin;
      double hits = 0, done = 0, all = 0;
      for (const auto& f : facts.of<OutageMonth>()) hits += static_cast<double>(f.strikes);
      for (const auto& f : facts.of<JobFact>()) done += f.state == "finished";
      for (const auto& p : plan.pods) all += p.chips;
      rusage usage{};
      ::getrusage(RUSAGE_SELF, &usage);
      return {took, static_cast<double>(usage.ru_maxrss) / 1024, hits, done, static_cast<double>(plan.pods.size()), all};
    });
    seconds.push_back(got[0]), megabytes = std::max(megabytes, got[1]), strikes = got[2], finished = got[3], pods = got[4], chips = got[5];
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::fprintf(stderr, "usage: capmix_bench_fleet ROOT DIR [ROUNDS]\n"), 2;
  const int rounds = argc > 3 ? std::max(1, std::atoi(argv[3])) : 5;
  const fs::path root = argv[1], dir = argv[2], cache = dir / "cache";
  std::vector<Variant> sizes, without;
  for (const int64_t chips : {10000, 100000, 1000000}) sizes.emplace_back("fleet of 36 months", cache, write_study(root, dir / std::to_string(chips), chips, {}));
  without.emplace_back("  without failures as events", cache, write_study(root, dir / "no-failures", 1000000, {false, true, true}));
  without.emplace_back("  with one flat region", cache, write_study(root, dir / "no-hours", 1000000, {true, false, true}));
  without.emplace_back("  with 8 jobs", cache, write_study(root, dir / "no-jobs", 1000000, {true, true, false}));
  for (int i = 0; i < rounds; ++i) {
    for (auto& v : sizes) v.run();
    for (auto& v : without) v.run();
  }
  const auto row = [](const std::string& name, const Variant& v) {
    const auto [least, most] = std::minmax_element(v.seconds.begin(), v.seconds.end());
    std::printf("%-52s %8.2f %8.2f %8.2f %10.0f  %.0f pods, %.0f strikes, %.0f of its jobs done\n", name.c_str(), *least, median(v.seconds), *most, v.megabytes, v.pods, v.strikes, v.finished);
  };
  std::printf("SimGrid %s\n", engine::simgrid_version().c_str());
  for (const auto& v : sizes) row("fleet of 36 months, " + std::to_string(static_cast<int64_t>(v.chips)) + " chips, CPU", v);
  for (const auto& v : without) row(v.name, v);
  for (size_t i = 1; i < sizes.size(); ++i) {
    const double times = std::log(sizes[i].chips / sizes[i - 1].chips);
    std::printf("  growth from %.0f to %.0f chips: time as chips^%.2f, memory as chips^%.2f\n", sizes[i - 1].chips, sizes[i].chips, std::log(median(sizes[i].seconds) / median(sizes[i - 1].seconds)) / times, std::log(sizes[i].megabytes / sizes[i - 1].megabytes) / times);
  }
  return 0;
} catch (const std::exception& e) {
  return std::fprintf(stderr, "capmix_bench_fleet: %s\n", e.what()), 1;
}
