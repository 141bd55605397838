#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/diagnostic.hpp"
#include "cli/catalog.hpp"
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

// What changes a study that is read.
void add_inputs(CLI::App* app, Common& c) {
  app->add_option("--set", c.set,
                  "Change one input: subject:path=value, such as 'chips/h200-sxm:memory.bandwidth=\"4 TB/s\"'")
      ->allow_extra_args(false)->type_name("INPUT");
  app->add_option("--seed", c.seed, "Root seed instead of the study's");
}

void add_study(CLI::App* app, Common& c, std::string& study) {
  app->add_option("study", study, "Study file (TOML)")->required()->type_name("FILE");
  add_inputs(app, c);
}

// Which run of the study.
void add_run(CLI::App* app, std::string& mix, std::string& outcome) {
  app->add_option("--mix", mix, "Mix by id (default: the study's first)");
  app->add_option("--outcome", outcome, "Outcome by id (default: the study's first)");
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
  one->add_option("--model", o.model, "Model by id (workloads/models), or the path of such a file");
  one->add_option("--chips", o.chips, "Chips of the gang; a language model that serves: of one instance at most (default: what does most per chip)");
  one->add_option("--plan", o.plan, "Plan, such as \"tp=8 pp=4 vpp=2 micro_batch=1 recompute=selective\" (what it leaves out: 1, zero 1, no recompute), or auto (default)");
  one->add_option("--seq", o.seq, "Tokens per sequence (default: 4096)");
  one->add_option("--batch", o.batch, "Sequences, or samples of a recommender, per step (default: 1024; a recommender: 65536)");
  one->add_option("--precision", o.precision, "bf16 (default), fp16, fp8 or fp4");
  one->add_flag("--block-scaled", o.block_scaled, "8-bit operands with a scale per block (MX)");
  one->add_option("--lora", o.lora, "Fine-tune adapters of this rank on a frozen base");
  one->add_option("--software", o.software, "Class of software by id (default: the standard of the chip's stack)");
  one->add_option("--fabric", o.fabric, "Fabric by id (default: a non-blocking one)");
  one->add_option("--platform", o.platform, "SimGrid platform (XML) whose hosts are the nodes, in its order, instead of a fabric")->type_name("FILE");
  one->add_option("--second-node", o.second_node, "Node of a second kind of chips in the same gang");
  one->add_option("--second-chips", o.second_chips, "Chips of the second kind");
  one->add_option("--span", o.span, "What the two kinds divide: data (default) or pipeline");
  one->add_option("--catalogue", o.catalogue, "Catalogue directory (default: platforms/)")->type_name("DIR");
  one->add_flag_callback("--no-stragglers", [&o] { o.stragglers = false; }, "Leave out what the slowest of all ranks takes longer");
  one->add_option("--trace", o.trace, "Also write a timeline for Perfetto or chrome://tracing")->type_name("FILE");
}

void add_step_serving(CLI::App* app, StepOptions& o) {
  app->add_option("--curve", o.curve, "Latency against load of a ranking cell, at so many loads up to the saturated rate")->check(CLI::Range(1, 1000));
  app->add_option("--requests", o.requests, "Of each load of the curve (default: 100000)")->check(CLI::Range(1000, 10000000));
  auto* one = app->add_option_group("Serving without a study");
  one->add_flag("--serve", o.serve, "Serve --model instead of training it");
  one->add_option("--prompt", o.prompt, "Tokens of a prompt, mean, up to 1048576");
  one->add_option("--output", o.output, "Tokens of an answer, mean, up to 131072");
  one->add_option("--cached", o.cached, "Share of each prompt that a cache holds (default: 0)");
  one->add_option("--ttft", o.ttft, "Objective: time to the first token, such as \"2 s\" (default: none)");
  one->add_option("--tpot", o.tpot, "Objective: time per further token, such as \"50 ms\" (default: none)");
  one->add_option("--phase", o.phase, "both (default), prefill or decode");
  one->add_option("--cache-precision", o.cache_precision, "Of cached keys and values (default: fp8)");
  one->add_option("--candidates", o.candidates, "Candidates that a request has scored, mean");
  one->add_option("--objective", o.objective, "Objective of a ranking cell, such as \"80 ms\"");
  one->add_option("--percentile", o.percentile, "Share of requests that meet the objectives (default: 0.99)");
}

void add_validate(CLI::App* app, Common& c, ValidateOptions& o) {
  app->add_option("--cases", o.cases, "Case file (CSV; default: the shipped tables)")->allow_extra_args(false)->type_name("FILE");
  app->add_option("--catalogue", o.catalogue, "Catalogue directory (default: platforms/)")->type_name("DIR");
  app->add_option("--csv", o.csv, "Also write the scores as CSV")->type_name("FILE");
  auto* summary = app->add_option("--summary", o.summary, "Also write the errors by class as JSON, which reports show (platforms/calibration/errors.json)")->type_name("FILE");
  app->add_flag("--check", o.check, "Write nothing: exit 1 when that file is not as it would be written")->needs(summary);
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

void add_calibrate_failures(CLI::App* app, Common& c, CalibrateFailuresOptions& o) {
  app->add_option("--lanl", o.lanl, "Outages of Los Alamos, LA-UR-05-7318 (CSV; gzip or not)")->type_name("FILE");
  app->add_option("--titan", o.titan, "Lives of Titan's GPUs, gc_full.csv")->type_name("FILE");
  app->add_option("--fta", o.fta, "Event trace of the Failure Trace Archive (tab; Grid'5000)")->type_name("FILE");
  app->add_option("--out", o.out, "Directory to write failures/fits to (default: platforms/)")->type_name("DIR");
  app->add_flag("--check", o.check, "Write nothing: exit 1 when the files are not as they would be written");
  add_common(app, c);
}

void add_goodput(CLI::App* app, Common& c, GoodputOptions& o) {
  app->add_option("--failures", o.failures, "Failure model by id (platforms/failures), or the path of such a file");
  app->add_option("--chips", o.chips, "Chips of the gang")->check(CLI::PositiveNumber);
  app->add_option("--node", o.node, "Node by id: chips a node, and their NICs");
  app->add_option("--chips-per-node", o.chips_per_node, "Without --node (default: 8)")->check(CLI::Range(1, 100000));
  app->add_option("--nic", o.nic, "NIC of a chip without --node (default: \"400 Gbit/s\")");
  app->add_option("--model", o.model, "Model by id, whose checkpoint holds 14 bytes a parameter");
  app->add_option("--bytes", o.bytes, "Bytes of a checkpoint instead, such as \"5.7 TB\"");
  app->add_option("--storage", o.storage, "Rate of the storage system's front end (default: \"2 TB/s\")");
  app->add_option("--host-copy", o.host_copy, "Of a chip into its host's memory (default: \"50 GB/s\")");
  app->add_option("--to", o.to, "storage (default), or peers: the memory of other nodes");
  app->add_flag("--asynchronous", o.asynchronous, "Stop for the copy into memory alone");
  app->add_option("--interval", o.interval, "Work between two checkpoints, such as \"30 min\" (default: Young-Daly's)");
  app->add_option("--spares", o.spares, "Spare nodes beside the gang (default: the failure model's share)")->check(CLI::NonNegativeNumber);
  app->add_option("--days", o.days, "Length of the run (default: 30)")->check(CLI::PositiveNumber);
  app->add_option("--lives", o.lives, "Also simulate so many runs")->check(CLI::Range(1, 100000));
  app->add_option("--draws", o.draws, "Draws of the inputs for the range (default: 1000)")->check(CLI::Range(0, 1000000));
  app->add_option("--seed", c.seed, "Root seed (default: 1)");
  app->add_option("--catalogue", o.catalogue, "Catalogue directory (default: platforms/)")->type_name("DIR");
  app->add_flag("--published", o.published, "Published runs beside what is predicted of them, and nothing else");
  app->add_option("--runs", o.runs, "With --published: their file (CSV; default: the shipped one)")->type_name("FILE");
  add_common(app, c);
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

void add_check(CLI::App* app, Common& c, CheckOptions& o) {
  app->add_option("files", o.files, "Study, platform, workload or catalogue files")->required()->type_name("FILE");
  add_common(app, c);
}

void add_plan(CLI::App* app, Common& c, PlanOptions& o) {
  add_study(app, c, o.study);
  add_common(app, c);
  add_run(app, o.mix, o.outcome);
  auto* draw = app->add_option("--draw", o.draw, "Number of the draw (default: at modes)")->check(CLI::NonNegativeNumber);
  auto* draws = app->add_option("--draws", o.draws, "So many draws together: dates, criticality, money")->check(CLI::Range(1, 100000))->excludes(draw);
  app->add_option("--jobs", c.jobs, "Worker processes (default: one per core)")->check(CLI::Range(1, 1024))->needs(draws);
  app->add_flag_callback("--no-binding", [&o] { o.binding = false; }, "With --draws: leave out what binds, to save time")->needs(draws);
  app->add_flag("--gantt", o.gantt, "Only the chart of the build-out, over the terminal's width")->excludes(draws);
}

void add_audit(CLI::App* app, Common& c, AuditOptions& o) {
  add_study(app, c, o.study);
  add_common(app, c);
}

// What verbs share that fill a results file.
void add_runs(CLI::App* app, Common& c, CompareOptions& o, const char* draws, const char* out) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--mix", o.mixes, "Only these mixes, by id");
  app->add_option("--outcome", o.outcomes, "Only these outcomes, by id");
  app->add_option("--draws", o.draws, draws)->check(CLI::Range(0, 1000000));
  app->add_option("--sampling", o.sampling, "Of the draws: random (default), lhs (Latin hypercube) or sobol")->type_name("NAME");
  app->add_option("--out", o.out, out)->type_name("FILE");
  app->add_option("--csv", o.csv, "Also write the table as CSV")->type_name("FILE");
  app->add_flag("--fresh", o.fresh, "Run all; else runs that the results file holds of the same study, choice, inputs, seed and build are kept");
  app->add_flag("--quick", o.quick, "Steps by closed form, and of draws only the facts that metrics read; the difference to full runs is measured on a sample");
  app->add_option("--shard", o.shard, "Only the K-th of N parts of the runs; capmix merge joins them")->type_name("K/N");
}

void add_compare(CLI::App* app, Common& c, CompareOptions& o) {
  add_runs(app, c, o, "Draws instead of the study's number", "Results file (default: results/<study>.db)");
  app->add_flag("--months", o.months, "Recommendation for every month, not only at the years' ends");
  auto* page = app->add_option("--report", o.report, "Also write the report as one HTML file, with the decision and what moves it (some 120 more runs)")->type_name("FILE");
  app->add_option("--scores", o.scores, "Predictions beside measurements to show in it, as validate --csv writes them (default: the shipped errors by class)")->needs(page)->type_name("FILE");
}

void add_report(CLI::App* app, Common& c, ReportOptions& o) {
  app->add_option("db", o.db, "Results file")->required()->type_name("FILE");
  auto* page = app->add_option("--html", o.html, "Write the report as one HTML file instead of printing tables")->type_name("FILE");
  app->add_option("--scores", o.scores, "Predictions beside measurements to show in it, as validate --csv writes them (default: the shipped errors by class)")->needs(page)->type_name("FILE");
  app->add_option("--sensitivity", o.sensitivity, "Which inputs move the answer, as sensitivity --json prints it, to show in it")->needs(page)->type_name("FILE");
  auto* study = app->add_option("--study", o.study, "Study that the results are of: also shows what moves the choice and what it rests on, as compare --report does")->needs(page)->type_name("FILE");
  app->add_option("--set", c.set, "What the results were made with: subject:path=value")->allow_extra_args(false)->needs(study)->type_name("INPUT");
  app->add_option("--seed", c.seed, "Root seed that the results were made with, where it is not the study's")->needs(study);
  add_workers(app, c);
  app->add_flag("--months", o.months, "Of tables: recommendation for every month, not only at the years' ends");
  add_common(app, c);
}

void add_decide(CLI::App* app, Common& c, DecideVerbOptions& o) {
  add_compare(app, c, o.runs);
  app->remove_option(app->get_option("--csv"));
  app->remove_option(app->get_option("--months"));
  app->get_option("study")->description("Study file (TOML), or a results file")->type_name("FILE");
  app->add_option("--without", o.without, "Of this mix also what it would be without each of its suppliers: their money to the others in proportion, and none of their chips by redirect")->type_name("MIX");
  app->add_option("--weight", o.weights, "Probability of an outcome: OUTCOME=0.3; the others share the rest in their proportion (default: the approvals' own probabilities)")->allow_extra_args(false);
  app->add_option("--signal", o.signals, "What a signal of an outcome would be worth: OUTCOME=0.8/0.7, sensitivity / specificity")->allow_extra_args(false);
  app->add_option("--pair", o.pairs, "Two mixes to set side by side: WITH,WITHOUT")->allow_extra_args(false);
  app->add_option("--search", o.search, "Instead of the study's mixes all shares of its chip budget in steps of 1/N that producers can meet, then finer ones around the best, to a point of share: a robust mix among them")->check(CLI::Range(1, 100));
  app->add_option("--search-runs", o.search_runs, "Mixes that a search runs at most (default: 200)")->check(CLI::Range(1, 100000));
  app->add_option("--most", o.most, "With --search, at most this share of the budget for an offer: OFFER=0.5")->allow_extra_args(false);
  app->add_option("--level", o.level, "Of the conditional value at risk: the mean of the worst 1 - LEVEL of the worlds (default: 0.9)");
  app->add_option("--slack", o.slack, "How much less often than the mix that most often does a mix may serve the demand and still be chosen (default: 0.05)");
  app->add_option("--discount", o.discount, "Discount rate a year (default: 0.08)");
  app->add_option("--life", o.life, "Years over which chips are written off, straight line (default: 5)");
}

void add_sensitivity(CLI::App* app, Common& c, SensitivityOptions& o) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--mix", o.mix, "Mix by id (default: the study's first)");
  app->add_option("--against", o.against, "Also what the mix has more than this one (default: the study's next)");
  app->add_option("--outcome", o.outcome, "Outcome by id (default: the study's first)");
  app->add_option("--metric", o.metric, "Metric by id (default: the objective)");
  app->add_option("--vary", o.vary, "Only inputs whose path begins so (platform:producer), or a group by its name (\"approval cn-permission\"; default: all)")->allow_extra_args(false)->type_name("INPUT");
  app->add_flag("--each", o.each, "Every input by itself, not in groups");
  app->add_option("--morris", o.trajectories, "Also elementary effects, over so many trajectories")->check(CLI::Range(2, 100000));
  app->add_option("--sobol", o.pairs, "Also first-order and total Sobol' indices, from so many pairs of points (a power of 2 is best)")->check(CLI::Range(8, 1000000));
  app->add_option("--low", o.low, "Low quantile of one at a time (default: 0.1)");
  app->add_option("--high", o.high, "High quantile of one at a time (default: 0.9)");
  app->add_option("--evidence", o.evidence, "From the draws of this results file instead of runs: which inputs the choice rests on, and what it is worth to know them")->type_name("FILE");
}

void add_equal(CLI::App* app, Common& c, EqualVerbOptions& o) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--mix", o.mix, "Mix by id (default: the study's first)");
  app->add_option("--against", o.against, "The other mix (default: the study's next; the same one where the outcomes differ)");
  app->add_option("--outcome", o.outcome, "Outcome by id (default: the study's first)");
  app->add_option("--against-outcome", o.against_outcome, "Outcome of the other mix, such as another building speed (default: the same)");
  app->add_option("--x", o.x, "Input that is searched, as for --set, with {} for the number: 'platform:offer.h200.price=USD {}k'")->required()->type_name("INPUT");
  app->add_option("--low", o.low, "Least number of --x")->required();
  app->add_option("--high", o.high, "Greatest number of --x")->required();
  app->add_option("--y", o.y, "The other input, likewise")->required()->type_name("INPUT");
  app->add_option("--at", o.at, "Numbers of --y, separated by commas")->required()->delimiter(',');
  app->add_option("--places", o.places, "Numbers of --x between which a change of sign is looked for (default: 5)")->check(CLI::Range(2, 1000));
  app->add_option("--tolerance", o.tolerance, "How exactly, as a share of the span of --x (default: 0.01)")->check(CLI::Range(1e-9, 1.0));
  app->add_option("--draws", o.draws, "Means over so many draws (default: 0, at modes)")->check(CLI::Range(0, 1000000));
  app->add_option("--metric", o.metric, "Metric by id (default: the objective)");
}

void add_sweep(CLI::App* app, Common& c, SweepOptions& o) {
  add_runs(app, c, o, "Draws at each point besides the run at modes (default: 0)", "Results file (default: results/<study>-sweep.db)");
  app->add_option("--vary", o.vary, "Input and its values: subject:path=from:to:step, or subject:path=a,b,c; once per input")
      ->allow_extra_args(false)->required()->type_name("INPUT");
  app->add_option("--sampled", o.sampled, "So many points, a Latin hypercube over the ranges, instead of every combination")->check(CLI::Range(1, 100000));
  app->add_option("--metric", o.metric, "Metric instead of the objective (train.reference_tokens)");
}

void add_merge(CLI::App* app, Common& c, MergeOptions& o) {
  app->add_option("files", o.files, "Results files of the shards")->required()->type_name("SHARD");
  app->add_option("--db", o.out, "Results file to write")->required()->type_name("FILE");
  app->add_flag("--partial", o.partial, "Join what there is, though runs are missing");
  app->add_flag("--quiet", c.quiet, "Say nothing");
}

void add_value(CLI::App* app, Common& c, ValueOptions& o) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  add_run(app, o.mix, o.outcome);
  app->add_option("--draws", o.draws, "Draws instead of the study's number")->check(CLI::Range(0, 1000000));
  app->add_option("--metric", o.metric, "Metric instead of the objective (train.reference_tokens)");
}

void add_facts(CLI::App* app, FactsOptions& o) {
  app->add_option("db", o.db, "Results file")->required()->type_name("FILE");
  app->add_flag("--hash", o.hash, "Print only the hash");
}

void add_exchange(CLI::App* app, Common& c, ExchangeOptions& o) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--of", o.of, "What is replaced: offer or node by id")->required();
  app->add_option("--by", o.by, "What replaces it: offer or node by id")->required();
  app->add_option("--outcome", o.outcome, "World whose chips and ports are taken, by id (default: the study's first)");
  app->add_option("--model", o.model, "Model that is decoded, by id or as a file (default: the reference campaign's)");
  app->add_option("--tpot", o.tpot, "Objective of decode, time per token (default: \"50 ms\")");
  app->add_option("--context", o.context, "Tokens that a new one attends to (default: 4096)")->check(CLI::PositiveNumber);
  app->add_option("--precision", o.precision, "Of decode: bf16 (default), fp16, fp8, int8 or fp4");
}

void add_crossover(CLI::App* app, Common& c, CrossoverOptions& o) {
  add_study(app, c, o.study);
  add_workers(app, c);
  add_common(app, c);
  app->add_option("--mix", o.mix, "Mix by id (default: the study's first)");
  app->add_option("--fast", o.fast, "Outcome with the earlier halls (default: the study's first)");
  app->add_option("--slow", o.slow, "Outcome with the later halls (default: the study's second)");
}

void add_timelines(CLI::App* app, Common& c, TimelinesOptions& o) {
  app->add_option("file", o.file, "Timelines or chip quantities (CSV)")->required()->type_name("FILE");
  app->add_option("--site", o.site, "Steps of one site, by its name in the file");
  app->add_option("--as-of", o.as_of, "Later rows are forecasts (default: every row is taken as recorded)")->type_name("DATE");
  add_common(app, c);
}

void add_demand(CLI::App* app, Common& c, DemandOptions& o) {
  app->add_option("file", o.file, "Recorded demand (CSV, JSON lines or counts; gzip or not)")->required()->type_name("FILE");
  app->add_option("--format", o.format, "azure-llm, counts, genai-qps, genai-requests, mooncake, nab or wikipedia-hourly")->type_name("NAME");
  app->add_option("--select", o.select, "Request type of genai-qps (default: \"Generative Requests\")")->type_name("TYPE");
  app->add_option("--out", o.out, "Also write its shape as a demand file (TOML)")->type_name("FILE");
  add_common(app, c);
}

void add_instances(CLI::App* app, Common& c, InstancesOptions& o) {
  app->add_option("file", o.file, "Inventory of instances (CSV; gzip or not)")->required()->type_name("FILE");
  app->add_option("--app", o.app, "Only this app, by its name in the file");
  add_common(app, c);
}

void add_jobs(CLI::App* app, Common& c, JobsOptions& o) {
  app->add_option("log", o.file, "Log of jobs (gzip or not)")->required()->type_name("FILE");
  app->add_option("--format", o.format, "acme, capmix, elasticflow, gavel, helios, muri, openb, pai, philly, philly-json, spot or swf (default: as its first line tells)")->type_name("NAME");
  auto* with = app->add_option("--with", o.with, "Second file: simulation_throughputs.json of gavel, pai_job_table of pai")->type_name("FILE");
  app->add_option("--chip", o.chip, "Whose throughputs, of gavel (default: v100)")->type_name("NAME")->needs(with);
  app->add_option("--fleet", o.fleet, "Chips there are: a wider job is refused (default: what the log says)")->check(CLI::PositiveNumber);
  app->add_option("--csv", o.csv, "Also write the jobs in capmix's own format (CSV)")->type_name("FILE");
  auto* policy = app->add_option("--policy", o.policies, "Schedule them, once for each policy: " + policy_list())->delimiter(',')->type_name("NAME");
  app->add_option("--nodes", o.nodes, "Nodes of the cluster")->needs(policy)->check(CLI::Range(1, 100000000));
  app->add_option("--node-chips", o.node_chips, "Chips of a node (default: 8, or those of --node)")->needs(policy)->check(CLI::Range(1, 4096));
  app->add_option("--pods", o.pods, "Pods of equal size that the nodes are in (default: 1)")->needs(policy)->check(CLI::Range(1, 1000000));
  app->add_option("--cluster", o.cluster, "Parts of a cluster with unlike nodes (CSV: name, pods, nodes, chips, rate), instead of these")->needs(policy)->type_name("FILE");
  app->add_option("--map", o.map, "Onto these chips by duration (default), work, chip-hours or steps")->needs(policy)->type_name("NAME");
  app->add_option("--ratio", o.ratio, "What one of these chips does of the work of one of the log's")->needs(policy)->check(CLI::Range(1e-6, 1e6));
  app->add_option("--guess", o.guess, "What users ask for, over the run time, where the log does not say (default: 1)")->needs(policy)->check(CLI::Range(1e-6, 1e6));
  app->add_option("--spine", o.spine, "Rate of a gang that spans pods, of that inside one (default: 1)")->needs(policy)->check(CLI::Range(1e-6, 1.0));
  app->add_option("--model", o.model, "Language model whose step says what a gang is left with over several pods, instead of --spine")->needs(policy)->type_name("NAME");
  app->add_option("--node", o.node, "Node of the catalogue that steps are played on, for --model and --map steps")->needs(policy)->type_name("ID");
  app->add_option("--fabric", o.fabric, "Fabric of the catalogue that they are played on (default: non-blocking)")->needs(policy)->type_name("ID");
  app->add_option("--batch", o.batch, "Sequences of a step (default: 1024)")->needs(policy)->check(CLI::Range(1, 100000000));
  app->add_option("--seq", o.seq, "Tokens of a sequence (default: 4096)")->needs(policy)->check(CLI::Range(1, 100000000));
  app->add_option("--catalogue", o.catalogue, "Another catalogue than the one that ships with capmix")->needs(policy)->type_name("DIR");
  app->add_option("--restart", o.restart, "Seconds of work that a preempted job does again (default: 0)")->needs(policy)->check(CLI::NonNegativeNumber);
  app->add_option("--least", o.least, "Chips that a gang can do with, of those in the log, for elastic (default: 1)")->needs(policy)->check(CLI::Range(1e-6, 1.0));
  app->add_option("--most", o.most, "Chips that a gang can make use of, of those in the log, for elastic (default: 1)")->needs(policy)->check(CLI::Range(1.0, 1e6));
  app->add_option("--tenants", o.tenants, "What tenants are entitled to, for fair-share (CSV: tenant, weight, quota)")->needs(policy)->type_name("FILE");
  app->add_option("--half-life", o.half_life, "In which what a tenant has had counts half, for fair-share, such as \"7 days\" (default: only what it holds counts)")->needs(policy);
  app->add_option("--schedule", o.schedule, "Also write who ran when, under each policy (CSV)")->needs(policy)->type_name("FILE");
  app->add_option("--busy", o.busy, "Also write busy nodes and chips, running and waiting jobs over time (CSV)")->needs(policy)->type_name("FILE");
  auto* at = app->add_option("--at", o.at, "Second of the log at which --why is asked")->needs(policy)->check(CLI::NonNegativeNumber);
  app->add_option("--why", o.why, "Why this job waits, by its id or its line in the log")->needs(policy)->needs(at)->type_name("JOB");
  add_common(app, c);
}

void add_replay_porting(CLI::App* porting, Common& c, ReplayOptions& o) {
  porting->add_option("log", o.log, "Porting log (CSV)")->required()->type_name("FILE");
  add_inputs(porting, c);
  porting->add_option("--study", o.study, "Study file (TOML)")->required()->type_name("FILE");
  add_workers(porting, c);
  add_common(porting, c);
  add_run(porting, o.mix, o.outcome);
  porting->add_option("--as", o.as, "Lay the log onto this port of the study, its start on the port's start")->type_name("STACK/FAMILY");
  porting->add_flag("--align", o.align, "Shift the log so that its start falls on the start of the study's port");
  porting->add_option("--draws", o.draws, "So many draws besides the run at modes")->check(CLI::Range(0, 1000000));
}

void add_explain(CLI::App* app, Common& c, ExplainOptions& o) {
  add_study(app, c, o.study);
  add_common(app, c);
  app->add_option("--date", o.date, "Day, such as 2027-01-31")->required();
  add_run(app, o.mix, o.outcome);
  app->add_option("--draw", o.draw, "Number of the draw (default: at modes)")->check(CLI::NonNegativeNumber);
  app->add_option("--port", o.port, "Only this port")->type_name("STACK/FAMILY");
}

void add_catalog_export(CLI::App* app, Common& c, CatalogOptions& o) {
  app->add_flag("--simgrid", o.simgrid, "As a platform file of SimGrid 4.1 (XML)");
  app->add_option("file", o.file, "File to write (default: -, standard output)")->type_name("FILE");
  app->add_option("--fabric", o.fabric, "Fabric by id");
  app->add_option("--node", o.node, "Node by id");
  app->add_option("--chips", o.chips, "Chips, in whole nodes");
  app->add_option("--study", o.study, "Study, whose site says the fabric")->type_name("FILE");
  app->add_option("--site", o.site, "Site of the study, by id (default: its only one)");
  add_inputs(app, c);
}

// What every verb is told; it outlives the parser.
struct Options {
  Common common;
  CheckOptions check;
  PlanOptions plan;
  AuditOptions audit;
  StepOptions step;
  CompareOptions compare;
  DecideVerbOptions decide;
  SensitivityOptions sensitivity;
  EqualVerbOptions equal;
  SweepOptions sweep;
  MergeOptions merge;
  ValueOptions value;
  ValidateOptions validate;
  CalibrateOptions calibrate;
  CalibrateFailuresOptions calibrate_failures;
  FactsOptions facts;
  ReportOptions report;
  GoodputOptions goodput;
  ExchangeOptions exchange;
  CrossoverOptions crossover;
  TimelinesOptions timelines;
  DemandOptions demand;
  InstancesOptions instances;
  JobsOptions jobs;
  ReplayOptions replay;
  ExplainOptions explain;
  CatalogOptions catalog;
};

// `app` may be a verb itself: "capmix replay timelines".
CLI::App* verb(CLI::App& app, std::vector<Verb>& verbs, const char* name, const char* text, std::function<int()> act) {
  CLI::App* sub = app.add_subcommand(name, text);
  verbs.push_back({sub, std::move(act)});
  return sub;
}

std::vector<Verb> add_verbs(CLI::App& app, Options& o) {
  std::vector<Verb> out;
  Common& c = o.common;
  add_check(verb(app, out, "check", "Read and validate files; report every problem", [&] { return check(c, o.check); }), c, o.check);
  add_audit(verb(app, out, "audit", "Statements and inputs that cannot all be true, and by how much", [&] { return audit(c, o.audit); }), c, o.audit);
  add_plan(verb(app, out, "plan", "Dates without simulation: build-out, deliveries, ports, what binds", [&] { return plan(c, o.plan); }), c, o.plan);
  add_step(verb(app, out, "step", "One training iteration or one serving cell: time, breakdown, memory, MFU", [&] { return step(c, o.step); }), c, o.step);
  add_step_serving(out.back().app, o.step);
  add_compare(verb(app, out, "compare", "Mixes x outcomes x draws on the same worlds, side by side", [&] { return compare(c, o.compare); }), c, o.compare);
  add_compare(verb(app, out, "run", "One fleet run at modes: one mix, one outcome", [&] { return run_one(c, o.compare); }), c, o.compare);
  add_decide(verb(app, out, "decide", "Which mix to choose: regret, risk, cost, and what it is worth to know more", [&] { return decide(c, o.decide); }), c, o.decide);
  add_sensitivity(verb(app, out, "sensitivity", "Which inputs move the answer: one at a time, elementary effects, Sobol' indices, evidence", [&] { return sensitivity(c, o.sensitivity); }), c, o.sensitivity);
  add_equal(verb(app, out, "equal", "Where two mixes, or two building speeds, are equal over two inputs", [&] { return equal(c, o.equal); }), c, o.equal);
  add_sweep(verb(app, out, "sweep", "A grid or a sample over any inputs: one metric of every mix at every point", [&] { return sweep(c, o.sweep); }), c, o.sweep);
  add_merge(verb(app, out, "merge", "Join the results files of shards", [&] { return merge(c, o.merge); }), c, o.merge);
  add_value(verb(app, out, "value", "What one more unit of each constraint is worth, on the same worlds", [&] { return value(c, o.value); }), c, o.value);
  add_validate(verb(app, out, "validate", "Predicted against published measurements", [&] { return validate(c, o.validate); }), c, o.validate);
  add_calibrate(verb(app, out, "calibrate", "Fit efficiencies to published measurements, and write them", [&] { return calibrate(c, o.calibrate); }), c, o.calibrate);
  CLI::App* fits = out.back().app;
  fits->require_subcommand(0, 1);
  add_calibrate_failures(verb(*fits, out, "failures", "Fit rates of failures and times of repair to logs, and write them", [&] { return calibrate_failures(c, o.calibrate_failures); }), c, o.calibrate_failures);
  std::swap(out.back(), out[out.size() - 2]);  // the first verb that was said acts, and it is said together with its own
  add_goodput(verb(app, out, "goodput", "What failures leave of a gang's time, and where the rest goes", [&] { return goodput(c, o.goodput); }), c, o.goodput);
  add_exchange(verb(app, out, "exchange", "How many of one chip replace another at equal work, and where no number does", [&] { return exchange(c, o.exchange); }), c, o.exchange);
  add_crossover(verb(app, out, "crossover", "How much slower a chip may be whose hall opens earlier", [&] { return crossover(c, o.crossover); }), c, o.crossover);
  CLI::App* replay = app.add_subcommand("replay", "What others recorded: demand, fleets of instances, logs of jobs and of ports, dates of building");
  replay->require_subcommand(1);
  add_demand(verb(*replay, out, "demand", "Recorded demand: what was used, gaps, level, rhythm, bursts", [&] { return replay_demand(c, o.demand); }), c, o.demand);
  add_instances(verb(*replay, out, "instances", "A fleet of instances: by role and app, over time, accelerators held", [&] { return replay_instances(c, o.instances); }), c, o.instances);
  add_jobs(verb(*replay, out, "jobs", "A log of jobs: what was used, chip-hours, widths, run times, waits, load", [&] { return replay_jobs(c, o.jobs); }), c, o.jobs);
  add_replay_porting(verb(*replay, out, "porting", "A porting log: with it, without it, and without each of its incidents", [&] { return replay_porting(c, o.replay); }), c, o.replay);
  add_timelines(verb(*replay, out, "timelines", "Recorded timelines of data centres: dates, growth, falls", [&] { return replay_timelines(c, o.timelines); }), c, o.timelines);
  add_explain(verb(app, out, "explain", "One day of a plan: what is waited for, why, and who says so", [&] { return explain(c, o.explain); }), c, o.explain);
  CLI::App* catalog = app.add_subcommand("catalog", "The shipped chips, nodes and fabrics: every number with its source; a fabric for SimGrid");
  catalog->require_subcommand(1);
  add_common(verb(*catalog, out, "list", "All subjects, and how well their numbers are known", [&] { return catalog_list(c, o.catalog); }), c);
  add_common(verb(*catalog, out, "show", "Every number of one subject: value, confidence, source", [&] { return catalog_show(c, o.catalog); }), c);
  out.back().app->add_option("subject", o.catalog.subject, "Such as chips/h200-sxm, or h200-sxm")->required();
  add_catalog_export(verb(*catalog, out, "export", "A fabric for SimGrid", [&] { return catalog_export(c, o.catalog); }), c, o.catalog);
  for (auto* sub : catalog->get_subcommands({})) sub->add_option("--catalogue", o.catalog.catalogue, "Catalogue directory (default: platforms/)")->type_name("DIR");
  add_report(verb(app, out, "report", "Tables of a results file, or the report as one HTML file", [&] { return report(c, o.report); }), c, o.report);
  add_facts(verb(app, out, "facts", "The canonical dump of a results file, or its hash", [&] { return facts(c, o.facts); }), o.facts);
  return out;
}

// The parser would only say that a verb is required.
bool unknown_verb(const std::string& word, const CLI::App& app) {
  if (word.empty() || word[0] == '-') return false;
  std::vector<std::string> known;
  for (const CLI::App* v : app.get_subcommands([](const CLI::App*) { return true; })) known.push_back(v->get_name());
  if (std::count(known.begin(), known.end(), word) > 0) return false;
  std::fprintf(stderr, "capmix: there is no verb \"%s\"%s (see capmix --help)\n", word.c_str(), did_you_mean(word, known).c_str());
  return true;
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
  Options options;
  const auto verbs = add_verbs(app, options);
  if (unknown_verb(argc > 1 ? argv[1] : "", app)) return 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return act(verbs);
}

}  // namespace capmix::cli
