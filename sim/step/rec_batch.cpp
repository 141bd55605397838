#include "step/rec_batch.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "step/hot_rows.hpp"
#include "step/memory.hpp"
#include "step/network.hpp"

namespace capmix::step {
namespace {

// Matrix products that a dense tower without shapes is run as, for the launch cost and for how well a product fills a
// chip. Towers of the RankMixer and OneTrans class have 2 to 4 blocks of several products each.
constexpr double kTowerProducts = 16;
constexpr double kPadded = 16;  // elements to whose multiple inputs and outputs are padded

double padded(double n) { return std::ceil(n / kPadded) * kPadded; }

double bytes_per(const RecModel& m, Side side) { return m.row_bytes(side).value(); }

// machine() with serving's shares, and all products at the rate of `precision`.
Machine serving_machine(const ServingSetup& s, Level level) {
  static const Software kEngine;  // no factor: what serving software attains is in the shares
  Efficiency e = s.cell.efficiency;
  e.gemm = e.serving_gemm = Uncertain<double>(at(e.serving_gemm, level));
  e.memory = Uncertain<double>(at(e.serving_memory, level));
  Machine m = machine(s.cell.chip, e, kEngine);
  const auto& peak = s.cell.chip.peak;
  const auto half = peak.count(Precision::bf16) > 0 ? peak.find(Precision::bf16) : peak.find(Precision::fp16);
  const FlopRate own = peak.at(s.stage.precision);
  const FlopRate rate = half == peak.end() ? own * e.gemm.mode : m.gemm16 * (own / half->second);
  m.attention = half == peak.end() ? rate : m.attention * std::min(1.0, own / half->second);
  m.gemm16 = m.gemm8 = m.gemm4 = rate;
  return m;
}

Precision width(Precision p) { return bytes_of(p) < 1 ? Precision::fp4 : bytes_of(p) < 2 ? Precision::fp8 : Precision::bf16; }

}  // namespace

int cell_chips(const ServingSetup& s) { return std::min({s.cell.chips, s.cell.node.chips, s.stage.cell_chips}); }

RowHomes place_rows(const ServingSetup& s) {
  RowHomes out;
  const double chips = cell_chips(s);
  const Bytes tower(s.model.dense_parameters() * bytes_of(s.stage.precision)), memory = s.cell.chip.memory * kUsable;
  const std::string has = s.cell.chip.id + " has " + si(memory.value(), "B") + " to use";
  if (tower > memory) {
    out.reason = "the dense tower needs " + si(tower.value(), "B") + " per chip, " + has;
    return out;
  }
  const Bytes room = memory - tower, tables = s.model.table_bytes();
  const bool unknown = s.model.tables.empty() && tables.value() <= 0;  // a summary that states only the share of hot rows
  if (tables <= room && !unknown) {
    out.held = tables;
    return out;
  }
  out.held = unknown ? room : std::min(room, tables / chips);
  double hit[2] = {s.model.summary.cached, 0}, near = 1 / chips;
  if (s.model.tables.empty()) near = 1;  // the stated share is of the chip's own memory
  else if (const HotRows hot = hot_rows(s.model, room * chips); true) hit[0] = hot.candidate, hit[1] = hot.request;
  for (int side = 0; side < 2; ++side) out.own[side] = hit[side] * near, out.peers[side] = hit[side] * (1 - near), out.remote[side] = 1 - hit[side];
  const auto& servers = s.stage.parameter_servers;
  if (servers && room * chips + *servers < tables)
    out.reason = "the tables take " + si(tables.value(), "B") + "; beside the tower " + std::to_string(cell_chips(s)) + " x " + s.cell.chip.id + " hold " + si((room * chips).value(), "B") +
                 " and parameter servers " + si(servers->value(), "B") + ": " + std::to_string(static_cast<int64_t>(std::ceil((tables - *servers) / room))) + " chips would do";
  return out;
}

RecCell::RecCell(const ServingSetup& s, const RowHomes& homes, Level level)
    : s_(s), homes_(homes), chips_(cell_chips(s)), machine_(serving_machine(s, level)), roof_(roof(s.cell.chip, s.cell.efficiency, s.stage.precision, level)),
      precision_(width(s.stage.precision)), nic_(s.cell.chip.nic * at(s.cell.efficiency.collective, level)),
      scale_up_(s.cell.chip.scale_up * at(s.cell.efficiency.scale_up, level)),
      outward_(outward(s.cell.chip, s.cell.node, at(s.cell.efficiency.collective, level), static_cast<int>(chips_))) {
  roof_.compute = machine_.gemm16;  // with the clock that the power limit leaves
}

Bytes RecCell::fetched(Side side) const {
  const auto i = static_cast<size_t>(side == Side::request);
  return Bytes(bytes_per(s_.model, side) * homes_.remote[i] / chips_);
}

RecBatch RecCell::batch(double requests, double candidates) const {
  const double count[2] = {candidates / chips_, requests / chips_};
  double own = 0, peers = 0, remote = 0;
  for (const Side side : {Side::candidate, Side::request}) {
    const auto i = static_cast<size_t>(side == Side::request);
    const double bytes = bytes_per(s_.model, side) * count[i];
    own += bytes * homes_.own[i], peers += bytes * homes_.peers[i], remote += bytes * homes_.remote[i];
  }
  RecBatch b;
  b.gather = Bytes(own) / roof_.gather;
  if (peers > 0) {
    // Of the other chips, those of other domains.
    const double beyond = std::max(0.0, chips_ - s_.cell.chip.scale_up_domain) / (chips_ - 1);
    b.peers = std::max(Bytes(peers * (1 - beyond)) / scale_up_, Bytes(peers * beyond) / outward_) + (beyond > 0 ? s_.fabric.nic_latency : s_.fabric.scale_up_latency);
  }
  if (remote > 0) b.fetch = Bytes(remote) / nic_ * std::max(1.0, s_.fabric.oversubscription);
  b.dense = dense(count[1], count[0]);
  return b;
}

Seconds RecCell::dense(double requests, double candidates) const {
  const RecModel& m = s_.model;
  if (!m.shaped()) {
    const Flop work = m.flop(Side::candidate) * (candidates / kTowerProducts);
    const Bytes weights(m.dense_parameters() * bytes_of(s_.stage.precision) / kTowerProducts), rows(bytes_per(m, Side::candidate) * candidates / kTowerProducts);
    return operator_time(roof_, work, weights + rows).time * kTowerProducts;
  }
  Seconds sum;
  for (const auto& b : m.blocks) {
    const double times = b.side == Side::candidate ? candidates : requests;
    for (const auto& p : b.products()) {
      if (p.weights) sum += gemm(machine_, p.m * times, padded(p.n), padded(p.k), precision_, p.groups);
      else sum += gemm(machine_, p.m, padded(p.n), padded(p.k), precision_, p.groups * times);
    }
    if (b.attention_flop().value() > 0)
      sum += fused_attention(machine_, b.attention_flop() * times, static_cast<double>(b.width) / std::max(1, b.heads), b.span()) + machine_.launch * (b.layers - 1);
  }
  return sum * m.scale;
}

}  // namespace capmix::step
