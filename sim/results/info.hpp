// What a results file says besides facts: the study, as far as a reader needs it to turn facts into metrics
// without the input files, and the manifest that says where the results come from. Plain structs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "model/facts.hpp"
#include "model/study.hpp"

namespace capmix::results {

struct ChipInfo {
  static constexpr const char* kTable = "chip";
  std::string id, name, supplier;
  std::string country;               // of those who can stop its delivery; "": not said
  double bf16_peak = 0;              // dense, FLOP/s of one chip; 0 when it has no BF16
  template <class V> void visit(V&& v) { v("id", id); v("name", name); v("supplier", supplier); v("country", country); v("bf16_peak", bf16_peak); }
};

struct OfferInfo {
  static constexpr const char* kTable = "offer";
  std::string id, name, chip;        // chip: id
  template <class V> void visit(V&& v) { v("id", id); v("name", name); v("chip", chip); }
};

struct MixInfo {
  static constexpr const char* kTable = "mix";
  std::string id, name;
  std::string terms{};               // how its money is bound, in words: "option, window"; "": all on the order date
  template <class V> void visit(V&& v) { v("id", id); v("name", name); v("terms", terms); }
};

struct OutcomeInfo {
  static constexpr const char* kTable = "outcome";
  std::string id, name;
  double share = 0;                  // 0..1: how probable by the approvals' own probabilities (plan/outcome_shares.hpp); NaN: it forces none
  template <class V> void visit(V&& v) { v("id", id); v("name", name); v("share", share); }
};

struct SpendInfo {                   // money that a mix plans for an offer
  static constexpr const char* kTable = "planned_spend";
  std::string mix, offer;            // ids
  double usd = 0;
  std::string outcome{};             // id; "": in all of them
  template <class V> void visit(V&& v) { v("mix", mix); v("offer", offer); v("usd", usd); v("outcome", outcome); }
};

struct PointInfo {                   // one varied input of one world of a sweep
  static constexpr const char* kTable = "sweep_point";
  std::string outcome, base;         // ids: the world, and the study's outcome that it varies
  int64_t point = 0;                 // from 0
  std::string path, value;           // "subject:path", and what was set, as TOML
  template <class V> void visit(V&& v) { v("outcome", outcome); v("base", base); v("point", point); v("path", path); v("value", value); }
};

// The part of a study that was run: its mixes, outcomes and draws are those of the command, in the study's
// order. The first mix is the one that the others are compared with.
struct StudyInfo {
  static constexpr const char* kTable = "study";
  std::string id, name, question;
  std::string start, end;            // the horizon [start, end): "2026-01-01", "2029-01-01"
  std::string home;                  // the buyer's country: its chips are domestic; "": not known
  std::string seed;                  // root seed, decimal: it may exceed what a signed column holds
  int64_t draws = 0;                 // besides the run at modes
  std::string sampling = "random";   // of the draws: random, lhs or sobol
  std::string fidelity = "full";     // or quick: coarse steps, lean facts of draws
  std::string rates = "predicted";   // of draws; or drawn: from their trust ranges; or drawn in some outcomes
  double chip_budget = 0, capex = 0; // US dollars
  std::string ordered{}, as_of{};    // days: of the first orders; up to which approvals' record holds, "": none of it does
  double served_share = 0;           // 0..1 of every service's demand, the objective's condition
  std::string reference;             // campaign id; its model is the unit of training throughput
  double reference_flop_per_token = 0;
  std::vector<MixInfo> mixes;
  std::vector<OutcomeInfo> outcomes;
  std::vector<ChipInfo> chips;
  std::vector<OfferInfo> offers;
  std::vector<SpendInfo> spend;
  std::vector<PointInfo> points;     // of a sweep; empty: no sweep

  template <class V> void visit(V&& v) { v("id", id); v("name", name); v("question", question); v("start", start); v("end", end); v("home", home); v("seed", seed); v("draws", draws); v("sampling", sampling); v("fidelity", fidelity); v("rates", rates); v("chip_budget", chip_budget); v("capex", capex); v("ordered", ordered); v("as_of", as_of); v("served_share", served_share); v("reference", reference); v("reference_flop_per_token", reference_flop_per_token); }
  template <class F> void each_list(F&& f) { f(mixes); f(outcomes); f(chips); f(offers); f(spend); f(points); }
  template <class F> void each_list(F&& f) const { f(mixes); f(outcomes); f(chips); f(offers); f(spend); f(points); }

  // Throws std::runtime_error when start or end is not a date.
  Timeline timeline() const;
  // Every run of the study in its order: outcomes, in them mixes, in them the run at modes and then the draws.
  std::vector<RunKey> runs() const;
};

struct Manifest {
  std::string version, commit;       // of capmix
  std::string build;                 // hash of the program, where its commit does not name it; "": not known
  std::string simgrid, settings;     // version of SimGrid, and its flags
  std::string command;               // as typed; not part of the canonical dump
  std::string created;               // UTC; filled by the store when empty; not part of the canonical dump
  uint64_t seed = 1;
  std::string shard;                 // "3/8": the part of the runs that was asked for; "": all. Not part of the canonical dump
  std::vector<InputText> inputs;
};

// Whether a commit says all of a build: none does that is unknown or has changes of its own.
bool names_a_build(const std::string& commit);

}  // namespace capmix::results
