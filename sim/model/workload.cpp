#include "model/workload.hpp"

namespace capmix {
namespace {

double attention_parameters(const LlmModel& m) {
  const double h = m.hidden, kv = h * m.kv_heads / m.heads;
  return 2 * h * h + 2 * h * kv;  // query and output, key and value
}

double ffn_parameters(const LlmModel& m, int width) {
  return (m.gated ? 3.0 : 2.0) * m.hidden * width;
}

double layer_parameters(const LlmModel& m, bool active) {
  if (!m.moe()) return attention_parameters(m) + ffn_parameters(m, m.ffn);
  const double experts = (active ? m.top_k : m.experts) + m.shared_experts;
  return attention_parameters(m) + experts * ffn_parameters(m, m.expert_ffn) +
         static_cast<double>(m.hidden) * m.experts;  // router
}

double vocabulary_parameters(const LlmModel& m) {
  return (m.tied ? 1.0 : 2.0) * m.hidden * m.vocab;
}

}  // namespace

double LlmModel::parameters() const { return layers * layer_parameters(*this, false) + vocabulary_parameters(*this); }

double LlmModel::active_parameters() const {
  return layers * layer_parameters(*this, true) + vocabulary_parameters(*this);
}

Flop LlmModel::training_flop_per_token(int seq) const {
  const double matrices = layers * layer_parameters(*this, true) + static_cast<double>(hidden) * vocab;
  return Flop(6 * matrices + 6.0 * layers * seq * hidden);
}

}  // namespace capmix
