// Text for people and files: comparisons, plans and profiles. Tables fit `width` columns of a terminal (100 is
// meant, 80 and less work: wide tables are cut into blocks); no control codes. JSON and CSV carry all digits; what is
// not a number (NaN, "not by the horizon") is null in JSON, and an empty or "inf" field in CSV.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "model/plan_draws.hpp"

namespace capmix::analysis {

// One sentence per outcome: who leads at modes, by how much, in how many draws, and what binds.
std::vector<std::string> headlines(const Comparison& c);
// The constraint that carries most of the cuts of all months, at modes; "": none.
std::string binds_most(const MixResult& m);
// Headlines, main table, chips, recommendation, intervals, ledger, suppliers, domestic work, outcomes, binding constraints,
// money, and what to know about them.
// months: tables by month have all of them.
std::string render(const Comparison& c, int width = 100, bool months = false);
// Headlines, main table and what to know.
std::string render_summary(const Comparison& c, int width = 100);
std::string to_json(const Comparison& c);
// RFC 4180, one row per outcome, mix and metric.
std::string to_csv(const Comparison& c);

// The plan facts of one run, as plan::record leaves them: build-out, orders, approvals, markets, blocked money, money by
// quarter, ports and their work, what waits and what binds. A section without facts is left out.
std::string render_plan(const results::StudyInfo& info, const RunKey& key, const Facts& facts, int width = 100);
// Of the plan: stages and components as work, with people, effort and cost; incidents; cut-overs. "" without such facts.
std::string render_port_work(const Facts& facts, int width = 100);
std::string plan_to_json(const results::StudyInfo& info, const RunKey& key, const Facts& facts);
// The build-out alone, as a chart that fills the width.
std::string render_gantt(const results::StudyInfo& info, const RunKey& key, const Facts& facts, int width = 100);
// Many draws of one plan: dates, criticality by task, money by offer, what binds.
std::string render_plan_draws(const results::StudyInfo& info, const PlanDraws& draws, int width = 100);
std::string plan_draws_to_json(const results::StudyInfo& info, const PlanDraws& draws);

// One step: breakdown of its time, memory by part, MFU, limiting resource, range of trust.
// `unit`: what its units are called ("": tokens, or requests where it has a latency); `latency`: what that one is.
std::string render_profile(const StepProfile& profile, int width = 100, const std::string& unit = "", const std::string& latency = "p99");

}  // namespace capmix::analysis
