#include "model/workload.hpp"

namespace capmix {

double LlmModel::attention_parameters() const {
  const double h = hidden, q = query_dim(), v = value_dim();
  if (!latent()) return h * heads * q + h * kv_heads * (q + v) + h * heads * v;
  const double down = h * (kv_rank + rope_dim) + h * q_rank;
  return down + (q_rank > 0 ? q_rank : h) * heads * q + double(kv_rank) * heads * (nope_dim + v) + h * heads * v;
}

double LlmModel::ffn_parameters(double width) const { return (gated ? 3.0 : 2.0) * hidden * width; }

double LlmModel::vocabulary_parameters() const { return (tied ? 1.0 : 2.0) * hidden * vocab; }

double LlmModel::expert_parameters() const { return double(expert_layers()) * experts * ffn_parameters(expert_ffn); }

double LlmModel::parameters() const {
  const double e = expert_layers(), router = double(hidden) * experts;
  return layers * attention_parameters() + (layers - e) * ffn_parameters(ffn) + e * (ffn_parameters(shared_width()) + router) +
         expert_parameters() + vocabulary_parameters();
}

double LlmModel::active_parameters() const {
  return parameters() - expert_parameters() + double(expert_layers()) * top_k * ffn_parameters(expert_ffn);
}

double LlmModel::mean_span(int seq) const {
  const double all = seq / 2.0;
  if (window <= 0 || window >= seq) return all;
  // The first `window` queries see half of the window on average, the others all of it.
  const double near = window - double(window) * window / (2.0 * seq);
  return (all + (window_every - 1) * near) / window_every;
}

Flop LlmModel::training_flop_per_token(int seq) const {
  const double matrices = active_parameters() - vocabulary_parameters() + double(hidden) * vocab;
  return Flop(6 * matrices + 6.0 * layers * heads * (query_dim() + value_dim()) * mean_span(seq));
}

}  // namespace capmix
