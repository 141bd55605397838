// Writes the study that the plan's bar is measured with: two sites of 25 halls, 40 tasks each, 20 offers that a mix
// orders, 12 ports; rivals, stock, pauses, crews and incidents are on. Chips, nodes and models are the shipped ones.
//   capmix_plan_study ROOT DIR     (ROOT: the checkout; DIR: made, or filled over)
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>

namespace fs = std::filesystem;

namespace {

const std::string kSource = "source = \"Bench\"\nconfidence = \"assumption\"\n";

std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

// PERT around `mode`, another shape for every n.
std::string range(double mode, const std::string& unit, int n) {
  const auto text = [&](double x) { return "\"" + std::to_string(x) + (unit.empty() ? "" : " " + unit) + "\""; };
  return "{ low = " + text(mode * (0.5 + 0.01 * (n % 23))) + ", mode = " + text(mode) + ", high = " + text(mode * (1.3 + 0.05 * (n % 17))) + " }";
}

// Four strands of nine tasks side by side, then power and network, then what pods need.
std::string buildout() {
  std::string out = "name = \"Bench\"\n";
  const auto task = [&](int n, const std::string& after, const std::string& more) {
    out += "\n[[task]]\nid = \"t" + two(n) + "\"\nduration = " + range(20 + n % 7 * 5, "days", n) + "\nafter = [" + after + "]\n" + more + kSource;
  };
  for (int n = 0; n < 36; ++n)
    task(n, n < 4 ? "" : "{ task = \"t" + two(n - 4) + "\", fraction = 0.8 }, \"t" + two(n - 4 - n % 4 + (n + 1) % 4) + "\"", n % 9 == 5 ? "crew = \"gang\"\n" : "");
  task(36, "\"t32\", \"t33\"", "milestone = \"power\"\n");
  task(37, "\"t34\", \"t35\"", "milestone = \"network\"\n");
  task(38, "\"t36\", \"t37\"", "milestone = \"installed\"\nneeds_chips = true\n");
  task(39, "\"t38\"", "milestone = \"online\"\nneeds_chips = true\n");
  return out;
}

std::string site(int n) {
  std::string out = "\n[[site]]\nid = \"s" + std::to_string(n) + "\"\nbuildout = \"bench\"\nfabric = \"rail-fat-tree\"\npue = 1.2\n"
                    "energy_price = \"USD 0.08/kWh\"\nbuild_cost = \"USD 3.5m/MW\"\n" + kSource +
                    "[[site.crew]]\nid = \"gang\"\nunits = 8\n";
  for (int h = 0; h < 25; ++h)
    out += "[[site.hall]]\nid = \"h" + two(h) + "\"\npower = \"60 MW\"\nstart = 2026-" + two(1 + h / 3) + "-01\n" + kSource;
  return out;
}

std::string platform(const std::string& catalogue) {
  const char* nodes[] = {"hgx-h200", "atlas-850", "bytedance-asic-8", "qualcomm-ai200-rack"};
  std::string out = "name = \"Bench\"\ncatalogue = \"" + catalogue + "\"\n" + site(1) + site(2);
  for (int n = 0; n < 4; ++n)
    out += "\n[[approval]]\nid = \"a" + two(n) + "\"\nname = \"Approval\"\nauthority = \"exporter\"\nprobability = 0.7\n"
           "decided = { low = 2026-02-01, mode = 2026-04-01, high = 2026-10-01 }\nquota = { low = 30000, mode = 60000, high = 90000 }\n" + kSource +
           "[approval.pauses]\nevery = \"18 months\"\nlasts = { low = \"1 months\", mode = \"3 months\", high = \"9 months\" }\nfinal = 0.2\n" + kSource;
  for (int n = 0; n < 20; ++n) {
    const std::string id = "o" + two(n);
    out += "\n[[producer]]\nid = \"" + id + "\"\nname = \"Producer\"\nfrom = 2026-01-01\nrealised = { low = 0.5, mode = 0.8, high = 1.0 }\n"
           "share = { low = 0.2, mode = 0.3, high = 0.4 }\n" + "elasticity = { low = 0, mode = 0.25, high = 0.6 }\n" + kSource + "[[producer.year]]\nyear = 2026\nunits = 200000\n" +
           "[[producer.rival]]\nid = \"others\"\nspend = \"USD 4bn\"\npart = { low = 0.2, mode = 0.5, high = 0.9 }\n" + kSource +
           "[producer.stock]\nunits = 20000\nfrom = 2026-01-01\nper_month = 5000\nlead = \"1 months\"\n" + kSource;
    out += "\n[[offer]]\nid = \"" + id + "\"\nname = \"Offer\"\nnode = \"" + nodes[n % 4] + "\"\nproducer = \"" + id + "\"\n" +
           (n % 4 == 0 ? "approvals = [\"a" + two(n / 5) + "\"]\n" : "") + "lead_time = " + range(60, "days", n) + "\nopens = 2026-01-01\n"
           "price = { low = \"USD 15k\", mode = \"USD 20k\", high = \"USD 30k\" }\nprepaid = 0.2\nrefundable = 0.5\n" + kSource;
  }
  return out;
}

const char* kFamilies[] = {"family-a", "family-b", "llm-training", "rec-serving"};

std::string porting(const std::string& stack) {
  std::string out = "stack = \"" + stack + "\"\n";
  for (const auto& [kind, effect, rate] : {std::tuple{"missing-operator", "stall", "0.2"}, {"divergence", "rollback", "0.05"}, {"regression", "slow", "0.1"}})
    out += std::string("\n[[incident]]\nid = \"") + kind + "\"\neffect = \"" + effect + "\"\nrate = " + rate + "\n" +
           (std::string(effect) == "rollback" ? "" : "duration = { low = \"0.2 months\", mode = \"0.5 months\", high = \"2 months\" }\n") +
           (std::string(effect) == "slow" ? "factor = 0.7\n" : "") + kSource;
  for (const char* family : kFamilies) {
    out += "\n[[family]]\nid = \"" + std::string(family) + "\"\nstart = 2026-03-01\nfunctional = \"s2\"\nretry = { stage = \"s2\", probability = 0.2 }\n" + kSource;
    for (int n = 0; n < 5; ++n)
      out += "[[family.stage]]\nid = \"s" + std::to_string(n) + "\"\nduration = " + range(40 + 10 * n, "days", n) + "\nefficiency = { low = 0." +
             std::to_string(1 + n) + ", mode = 0." + std::to_string(2 + n) + ", high = 0." + std::to_string(3 + n) + " }\n";
  }
  return out;
}

std::string training() {
  std::string out;
  for (int n = 0; n < 3; ++n)
    out += "[[campaign]]\nid = \"" + std::string(kFamilies[n]) + "\"\nname = \"Runs\"\nfamily = \"" + kFamilies[n] +
           "\"\nmodel = \"dense-175b\"\ntokens = 2e12\nruns = 0\nseq = 4096\nglobal_batch = 2048\nprecision = \"bf16\"\nchips = 4096\n"
           "plans = [{ tp = 8, zero = 2, micro_batch = 1, recompute = \"full\" }]\ncheckpoint = \"14 B\"\n" + kSource;
  return out;
}

std::string study() {
  std::string out = "name = \"Bench of plans\"\nquestion = \"How long do 10,000 plans take?\"\nplatform = \"platform.toml\"\n"
      "workloads = [\"training/bench.toml\", \"recommendation/bytedance-2026.toml\"]\nporting = [\"cuda.toml\", \"cann.toml\", \"asic.toml\", \"qnn.toml\"]\n"
      "start = 2026-01-01\nend = 2028-12-31\nseed = 1\ndraws = 16\ncny_per_usd = 7.0\n\n[budget]\ncapex = \"USD 40bn\"\nchips = \"USD 20bn\"\n" + kSource +
      "\n[objective]\nreference = \"llm-training\"\n\n[redirect]\nshare = 0.7\ndelay = \"4 months\"\nto = [\"o01\", \"o02\", \"o03\"]\n" + kSource +
      "\n[[mix]]\nid = \"all\"\nname = \"all offers\"\nspend = { ";
  for (int n = 0; n < 20; ++n) out += std::string(n == 0 ? "" : ", ") + "o" + two(n) + " = \"USD 1bn\"";
  return out + " }\n\n[[outcome]]\nid = \"drawn\"\nname = \"as drawn\"\n";
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

void link(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  if (!fs::exists(to)) fs::create_directory_symlink(fs::absolute(from), to);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: capmix_plan_study ROOT DIR\n"), 2;
  const fs::path root = argv[1], dir = argv[2];
  for (const char* folder : {"chips", "nodes", "efficiency", "fabrics", "software"}) link(root / "platforms" / folder, dir / "catalogue" / folder);
  for (const char* folder : {"models", "demand", "recommendation"}) link(root / "workloads" / folder, dir / folder);
  write(dir / "catalogue/buildouts/bench.toml", buildout());
  write(dir / "platform.toml", platform("catalogue"));
  write(dir / "cuda.toml", "stack = \"cuda\"\nnative = true\n");
  for (const char* stack : {"cann", "asic", "qnn"}) write(dir / (std::string(stack) + ".toml"), porting(stack));
  write(dir / "training/bench.toml", training());
  write(dir / "study.toml", study());
  std::printf("%s\n", (dir / "study.toml").c_str());
  return 0;
}
