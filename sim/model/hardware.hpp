// Chips, nodes and fabrics as the catalogue describes them. Immutable once read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/diagnostic.hpp"
#include "base/draw.hpp"
#include "base/id.hpp"
#include "base/quantity.hpp"
#include "model/failures.hpp"

namespace capmix {

enum class Precision { fp4, fp8, int8, fp16, bf16, tf32, fp32 };
inline constexpr const char* kPrecisionNames[] = {"fp4", "fp8", "int8", "fp16", "bf16", "tf32", "fp32"};
inline const char* text(Precision p) { return kPrecisionNames[static_cast<int>(p)]; }
// Bytes of one stored element.
inline double bytes_of(Precision p) {
  switch (p) {
    case Precision::fp4: return 0.5;
    case Precision::fp8:
    case Precision::int8: return 1;
    case Precision::fp16:
    case Precision::bf16: return 2;
    case Precision::tf32:
    case Precision::fp32: return 4;
  }
  return 4;
}

// How much of its roofline a chip family attains with a mature software stack: one file per family,
// calibrated on named measurements or transferred with a wide interval; never per case. What each value multiplies
// is told where it is used (step/operators.hpp, step/network.hpp); low and high are how far it moved when it was
// fitted on other halves of the measurements, or how far a transfer may be off.
struct Efficiency {
  std::string id;
  std::string kin;                    // family that this one is fitted near, an earlier step of the same design; or ""
  // Training, and the network of both.
  Uncertain<double> gemm{0.7};        // fraction of the dense 16-bit peak on large matrix products
  Uncertain<double> memory{0.8};      // fraction of the memory bandwidth on streaming operators
  Uncertain<double> collective{0.8};  // fraction of the line rate (scale-out) in collectives
  Seconds launch;                     // fixed cost of one operator
  // Serving of recommenders: shares of its own, apart from what training measurements gave.
  Uncertain<double> serving_gemm{0.7}, serving_memory{0.8};  // as gemm and memory; of the peak in any precision
  Uncertain<double> gather{0.3};      // fraction of the memory bandwidth on random rows (embeddings)
  double gemm_half_flop = 0;          // of a tower without shapes: FLOP of a product per chip at which half of `gemm` is attained
  double serving_power = 0;           // as `power`, in serving
  double trust_serving = 0.5;         // as trust_dense
  std::vector<std::string> serving_calibrated_on;  // groups of measurements the shares were fitted on; empty: transferred
  // Serving of language models (step/llm_engine.hpp).
  Uncertain<double> llm_products{1.0};  // rate of matrix products, relative to what training attains in that precision
  Uncertain<double> llm_memory{0.8};    // fraction of the memory bandwidth: weights, cached keys and values, activations
  double llm_power = 0;                 // as `power`, in serving
  Seconds llm_launch;                   // of one operator, captured in a graph
  Seconds llm_iteration;                // what the host needs between two iterations
  Seconds llm_sequence;                 // and for each sequence that gets a token: sampling, scheduling, handing out
  double trust_llm = 0.5;               // as trust_dense
  std::vector<std::string> llm_calibrated_on;  // as calibrated_on; empty: transferred
  // Training.
  Uncertain<double> gemm8{0.6};       // fraction of the dense 8-bit peak
  Uncertain<double> gemm4{0.5};       // fraction of the dense 4-bit peak
  Uncertain<double> grouped{0.8};     // products of experts, relative to a dense product of the same shape
  Uncertain<double> attention{0.5};   // fraction of the 16-bit peak in fused attention
  Uncertain<double> portable{0.5};    // the same for kernels that were not written for this generation
  Uncertain<double> scale_up{0.8};    // fraction of the scale-up line rate in collectives
  double depth_half = 0;              // depth of a product (its inner dimension) at which it attains half
  Seconds routing;                    // shortest pass of an expert layer: what its host needs to launch it
  Seconds iteration;                  // fixed cost of an iteration: data, clipping, logging
  double power = 0;                   // matrix rates go with (watts per peak FLOP/s)^power
  double reference_watts = 0;         // per peak 16-bit FLOP/s, where the matrix fractions hold; 0: any
  double hides = 0.9;                 // share of a pass beside which data-parallel communication hides
  double interference = 0.1;          // of the time that it hides, what the pass is slowed by it
  double overlap = 0;                 // share of tensor-parallel communication that hides where the software overlaps it
  double jitter = 0;                  // standard deviation of one rank's compute time, relative
  // Half-widths of the trust range by workload, in ln(rate): the 90th percentile of the error on families of
  // measurements that a fit had not seen, or a stated guess for a transfer.
  double trust_dense = 0.3, trust_moe = 0.5, trust_lora = 0.3;
  // Chips of the largest measurement of that workload that the values were fitted on; 0: none.
  int reach_dense = 0, reach_moe = 0, reach_lora = 0;
  std::vector<std::string> calibrated_on;  // groups of measurements the values were fitted on; empty: transferred
  bool calibrated() const { return !calibrated_on.empty(); }

  // Training of recommenders (kinds/rec_training.hpp), besides the values above.
  struct Recommender {
    Uncertain<double> gather{0.7};      // fraction of the memory bandwidth on rows that are looked up
    Uncertain<double> update{0.7};      // and on rows, states and gradients of the sparse optimizer
    Uncertain<double> all_to_all{0.3, 0.5, 0.9};  // of what `collective` attains of a NIC
    Seconds iteration{3e-4};            // fixed cost of an iteration
    double trust = 0.4;                 // half-width of the trust range, in ln(rate)
    int reach = 0;                      // chips of the largest measurement that the values were fitted on; 0: none
    std::vector<std::string> calibrated_on;
    bool calibrated() const { return !calibrated_on.empty(); }
  } recommender;
};

// A class of training software (not a release, not a precision): one fitted factor, and facts of how it works.
struct Software {
  std::string id, name;
  std::string stack;             // "cuda", "cann": chips that it runs on
  bool standard = false;         // what is meant on that stack when nothing is said
  bool fused = true;             // norms, activations and residuals run as fused kernels
  bool fused_attention = true;
  bool deduplicates = true;      // tokens to several experts of one scale-up domain cross the network once
  bool stops_early = false;      // a recomputed layer ends at its last stored input: the last product is not run again
  bool portable_attention = false; // fused attention that was not written for the chip's generation
  bool sequence_parallel = true; // with tensor parallelism
  bool overlaps_tensor = false;  // tensor-parallel communication overlaps with products
  bool all_reduces = false;      // gradients are summed on every rank even where states are sharded
  bool overlaps_data = true;     // gradients and weights travel while the passes run
  bool recomputes_scores = false;  // selective recompute when nothing is said
  int zero = 1;                  // sharding of the data-parallel states
  double gradient_bytes = 4;     // of one gradient, kept and on the wire
  double expected = 1;           // of `factor`, before any measurement
  double factor = 1;             // on the rate of everything that a chip does; fitted
  bool calibrated = false;
};

struct Chip {
  std::string id, name, supplier;
  std::string country{};                // of those who can stop its delivery ("US"); "": not said
  std::string stack;                    // software stack its kernels need: "cuda", "cann", ...
  Id<Efficiency> efficiency;
  std::map<Precision, FlopRate> peak;   // dense matrix rate; a precision that is absent is not supported
  int matrix_units = 1;                 // SMs or cube cores: tiles of a product that run side by side
  Bytes memory;
  ByteRate memory_bandwidth;
  ByteRate scale_up;                    // per direction per chip inside the scale-up domain
  int scale_up_domain = 1;              // chips
  ByteRate nic;                         // scale-out share per chip per direction
  Watts tdp;
  Uncertain<Usd> price;                 // bare chip (its share of a module); what the chip budget buys
  Uncertain<Usd> price_in_server;       // the same chip bought inside a server
  Date available;
  bool trains = true;                   // false: an inference part
  Uncertain<Seconds> interruption;      // chip-hours per interruption of a job, as seconds of one chip
};

struct Node {
  std::string id, name;
  std::vector<std::string> aliases;     // beginnings of its name in published tables
  Id<Chip> chip;
  int chips = 8;
  int rack_nodes = 1;                   // that go down with a rack
  Id<Failures> failures;                // what fails, where a study plays failures as events
  // Attained per direction between the scale-up domains of one node, through the host and its PCIe, shared by the chips of a
  // domain; 0: not said, and they meet over their NICs.
  ByteRate host_path;
  Watts power;                          // of the whole node under load, what a hall must provide
  Uncertain<Usd> host_price;            // server without its chips
};

// A platform that others wrote, as SimGrid knows it (step/platform.hpp): its hosts are a gang's nodes.
struct Placement {
  std::string folder, text;             // the file as SimGrid is given it, and where
  std::vector<std::string> hosts;       // as many as the gang needs, in the file's order; empty: pods and a spine
  ByteRate slowest;                     // narrowest link on the ways from each host to the next, per direction
};

// What checkpoints of one job get of the front end of a storage system: by each of its nodes, or by each pod that it touches.
// Not modelled: other jobs that write at the same time, and a front end that many pods saturate.
struct StorageFrontEnd {
  ByteRate write, read;
  bool by_pod = true;
};

// A rail-optimised fat-tree: chip i of every node of a pod hangs on rail i; pods meet at the spine.
struct Fabric {
  std::string id, name;
  int pod_nodes = 128;                  // nodes of one pod (scalable unit)
  double oversubscription = 1;          // pod downlink : uplink
  Seconds nic_latency{5e-6};            // one hop between nodes, all of it on the NIC link
  Seconds scale_up_latency{2e-6};       // one hop inside the scale-up domain
  std::optional<StorageFrontEnd> storage;  // none: it takes whatever a gang sends
  Placement placement;                  // with one, pods and spine mean nothing, and nic_latency is the mean of its ways
};

}  // namespace capmix
