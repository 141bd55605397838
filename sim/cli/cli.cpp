#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/diagnostic.hpp"
#include "cli/verbs.hpp"
#include "cli/version.hpp"

namespace capmix::cli {
namespace {

struct Verb {
  CLI::App* app;
  std::function<int()> act;
};

void add_common(CLI::App* app, Common& c) {
  app->add_flag("--json", c.json, "Print JSON instead of tables");
  app->add_flag("--quiet", c.quiet, "No progress on standard error");
}

void add_study(CLI::App* app, Common& c, std::string& study) {
  app->add_option("study", study, "Study file (TOML)")->required()->type_name("FILE");
  app->add_option("--set", c.set,
                  "Change one input: subject:path=value, such as 'chips/h200-sxm:memory.bandwidth=\"4 TB/s\"'")
      ->allow_extra_args(false)->type_name("INPUT");
  app->add_option("--seed", c.seed, "Root seed instead of the study's");
}

void add_workers(CLI::App* app, Common& c) {
  app->add_option("--jobs", c.jobs, "Worker processes (default: one per core)")->check(CLI::Range(1, 1024));
  app->add_option("--cache", c.cache, "Directory of step profiles, or \"none\" (default: the user's cache)");
}

void add_step(CLI::App* app, Common& c, StepOptions& o) {
  add_study(app, c, o.study);
  app->get_option("study")->required(false);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--workload", o.workload, "Of the study: campaign or service by id (default: all)");
  app->add_option("--node", o.nodes, "Node by id, once per part of the gang (default: all that the study may need)");
  auto* one = app->add_option_group("Without a study");
  one->add_option("--model", o.model, "Model by id (workloads/models)");
  one->add_option("--chips", o.chips, "Chips of the gang");
  one->add_option("--plan", o.plan, "Plan, such as \"tp=8 pp=4 vpp=2 micro_batch=1 recompute=selective\", or auto (default)");
  one->add_option("--seq", o.seq, "Tokens per sequence (default: 4096)");
  one->add_option("--batch", o.batch, "Sequences per step (default: four per chip)");
  one->add_option("--precision", o.precision, "bf16 (default), fp16, fp8 or fp4");
  one->add_flag("--block-scaled", o.block_scaled, "8-bit operands with a scale per block (MX)");
  one->add_option("--lora", o.lora, "Fine-tune adapters of this rank on a frozen base");
  one->add_option("--software", o.software, "Class of software by id (default: the standard of the chip's stack)");
  one->add_option("--fabric", o.fabric, "Fabric by id (default: a non-blocking one)");
  one->add_option("--second-node", o.second_node, "Node of a second kind of chips in the same gang");
  one->add_option("--second-chips", o.second_chips, "Chips of the second kind");
  one->add_option("--span", o.span, "What the two kinds divide: data (default) or pipeline");
  one->add_option("--trace", o.trace, "Also write a timeline for Perfetto or chrome://tracing")->type_name("FILE");
}

void add_validate(CLI::App* app, Common& c, ValidateOptions& o) {
  app->add_option("--cases", o.cases, "Case file (CSV; default: the shipped tables)")->allow_extra_args(false)->type_name("FILE");
  app->add_option("--catalogue", o.catalogue, "Catalogue directory (default: platforms/)")->type_name("DIR");
  app->add_option("--csv", o.csv, "Also write the scores as CSV")->type_name("FILE");
  app->add_option("--jobs", c.jobs, "Worker processes (default: one per core)")->check(CLI::Range(1, 1024));
  add_common(app, c);
}

void add_calibrate(CLI::App* app, Common& c, CalibrateOptions& o) {
  app->add_option("--cases", o.cases, "Case file (CSV; default: the shipped tables)")->allow_extra_args(false)->type_name("FILE");
  app->add_option("--hold-out", o.hold_out, "Group of measurements that is not fitted (always: megatron-lm)")->allow_extra_args(false);
  app->add_option("--catalogue", o.catalogue, "Catalogue directory to start from (default: platforms/)")->type_name("DIR");
  app->add_option("--out", o.out, "Directory to write to (default: the catalogue)")->type_name("DIR");
  app->add_option("--splits", o.splits, "Random splits of the families (default: 10)")->check(CLI::Range(1, 1000));
  app->add_option("--seed", c.seed, "Seed of the splits (default: 1)");
  app->add_flag("--check", o.check, "Write nothing: exit 1 when the files are not as they would be written");
  app->add_option("--measured", o.measured, "Set a table of measured operators (CSV) beside the model, and do nothing else")->type_name("FILE");
  add_common(app, c);
}

CLI::App* verb(CLI::App& app, std::vector<Verb>& verbs, const char* name, const char* text, std::function<int()> act) {
  CLI::App* sub = app.add_subcommand(name, text);
  verbs.push_back({sub, std::move(act)});
  return sub;
}

int act(const std::vector<Verb>& verbs) {
  try {
    for (const auto& v : verbs)
      if (v.app->parsed()) return v.act();
  } catch (const InputError& e) {
    const std::string text = e.what();
    std::fprintf(stderr, "%s%s", text.c_str(), text.empty() || text.back() != '\n' ? "\n" : "");
    if (e.count() > 1) std::fprintf(stderr, "%zu errors\n", e.count());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "capmix: %s\n", e.what());
    return 1;
  }
  return 2;
}

std::string& typed() {
  static std::string text;
  return text;
}

}  // namespace

std::string command_line() { return typed(); }

int run(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) typed() += (i == 0 ? "" : " ") + std::string(argv[i]);
  CLI::App app{"capmix: which supplier mix gives how much throughput, when"};
  app.set_version_flag("--version", version());
  app.require_subcommand(1);
  app.footer("Exit status: 0 done, 1 the run failed or a tolerance was exceeded, 2 bad input or usage.\n"
             "Start with: capmix compare analysis/studies/bytedance-2026.toml");
  Common common;
  std::vector<Verb> verbs;

  CheckOptions check_options;
  CLI::App* sub = verb(app, verbs, "check", "Read and validate files; report every problem", [&] { return check(common, check_options); });
  sub->add_option("files", check_options.files, "Study, platform, workload or catalogue files")->required()->type_name("FILE");
  add_common(sub, common);

  PlanOptions plan_options;
  sub = verb(app, verbs, "plan", "Dates without simulation: build-out, deliveries, ports, what binds", [&] { return plan(common, plan_options); });
  add_study(sub, common, plan_options.study);
  add_common(sub, common);
  sub->add_option("--mix", plan_options.mix, "Mix by id (default: the study's first)");
  sub->add_option("--outcome", plan_options.outcome, "Outcome by id (default: the study's first)");
  sub->add_option("--draw", plan_options.draw, "Number of the draw (default: at modes)")->check(CLI::NonNegativeNumber);

  StepOptions step_options;
  sub = verb(app, verbs, "step", "One training iteration or one serving cell: time, breakdown, memory, MFU", [&] { return step(common, step_options); });
  add_step(sub, common, step_options);

  CompareOptions compare_options;
  const auto add_run = [&](CLI::App* s) {
    add_study(s, common, compare_options.study);
    add_workers(s, common);
    add_common(s, common);
    s->add_option("--mix", compare_options.mixes, "Only these mixes, by id");
    s->add_option("--outcome", compare_options.outcomes, "Only these outcomes, by id");
    s->add_option("--draws", compare_options.draws, "Draws instead of the study's number")->check(CLI::Range(0, 1000000));
    s->add_option("--out", compare_options.out, "Results file (default: results/<study>.db)")->type_name("FILE");
    s->add_option("--csv", compare_options.csv, "Also write the comparison as CSV")->type_name("FILE");
  };
  sub = verb(app, verbs, "compare", "Mixes x outcomes x draws on the same worlds, side by side", [&] { return compare(common, compare_options); });
  add_run(sub);
  sub = verb(app, verbs, "run", "One fleet run at modes: one mix, one outcome", [&] { return run_one(common, compare_options); });
  add_run(sub);

  ValidateOptions validate_options;
  sub = verb(app, verbs, "validate", "Predicted against published measurements", [&] { return validate(common, validate_options); });
  add_validate(sub, common, validate_options);

  CalibrateOptions calibrate_options;
  sub = verb(app, verbs, "calibrate", "Fit efficiencies to published measurements, and write them", [&] { return calibrate(common, calibrate_options); });
  add_calibrate(sub, common, calibrate_options);

  FactsOptions facts_options;
  sub = verb(app, verbs, "facts", "The canonical dump of a results file, or its hash", [&] { return facts(common, facts_options); });
  sub->add_option("db", facts_options.db, "Results file")->required()->type_name("FILE");
  sub->add_flag("--hash", facts_options.hash, "Print only the hash");

  if (const std::string word = argc > 1 ? argv[1] : ""; !word.empty() && word[0] != '-') {
    std::vector<std::string> known;
    for (const auto& v : verbs) known.push_back(v.app->get_name());
    if (std::count(known.begin(), known.end(), word) == 0) {
      std::fprintf(stderr, "capmix: there is no verb \"%s\"%s (see capmix --help)\n", word.c_str(), did_you_mean(word, known).c_str());
      return 2;
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return act(verbs);
}

}  // namespace capmix::cli
