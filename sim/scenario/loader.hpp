// One load: reads what the study names, in dependency order, and resolves ids. Private to the room scenario.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scenario/files.hpp"
#include "scenario/reader.hpp"

namespace capmix::scenario {

struct LogModels;

class Loader {
 public:
  Loader() : files_(context.problems) {}

  void study(const std::string& path, const std::vector<std::string>& overrides);
  // Single files, for `check`: each with all it names.
  void platform(const std::string& path, const Place& from);
  void chip(const std::string& path), node(const std::string& path), fabric(const std::string& path);
  void efficiency(const std::string& path), software(const std::string& path), buildout(const std::string& path), model(const std::string& path), calendar(const std::string& path);
  void workload(const std::string& path, const Place& from);
  void porting(const std::string& path, const Place& from);
  void demand(const std::string& path), failures(const std::string& path);
  void claims(const std::string& path, const Place& from);
  void catalogue(const std::string& directory, const std::string& workloads);
  // Sorted facts and inputs; throws nothing. Call last.
  Scenario finish();

  Context context;

 private:
  // A file by its path, or by its id in a folder of the catalogue or of the workloads. An absent Reader, after
  // a problem, when it cannot be read: what it would have defined is then a gap, and no further complaint.
  Reader open_file(const std::string& path, const std::string& subject, const Place& from);
  Reader open(const std::string& root, const std::string& folder, const std::string& id, const Place& from);

  // hardware.cpp
  void load_nodes(const std::map<std::string, Place>& wanted);
  void read_chip(Reader r, const std::string& id);
  void read_efficiency(Reader r, const std::string& id);
  void read_recommender_efficiency(Reader& r, Efficiency::Recommender& e);
  void read_node(Reader r, const std::string& id);
  void read_software(Reader r, const std::string& id);
  void read_fabric(Reader r, const std::string& id);
  // failures.cpp
  void read_failures(Reader r, const std::string& id);
  Id<Failures> need_failures(const Ref& ref);   // reads the file where nobody has yet
  // buildout.cpp
  void read_buildout(Reader r, const std::string& id);
  Task read_task(Reader& r, const std::vector<std::string>& ids);
  void read_events(Reader& r, Task& task);
  void check_chips(const std::vector<Task>& tasks);
  void read_site(Reader r);
  void read_crews(Reader& r, Site& site);
  void read_levers(Reader levers, Site& site);
  void read_hall(Reader r, Site& site, const Buildout* buildout, bool has_buildout);
  // calendar.cpp
  void load_calendar(const Ref& ref);
  void read_calendar(Reader r, const std::string& id);
  void read_season(Reader r, bool holiday, std::vector<WorkSeason>& out);
  // recorded.cpp
  void read_recorded(Reader& r, const Site& site, Hall& hall);
  void read_recorded_hall(Reader r, Site& site, const Buildout* buildout);
  // platform.cpp
  void read_home(Reader& r);
  void read_existing(Reader r);
  void check_hall_power(Reader& r, const ExistingFleet& e, const Hall& hall);
  // supply.cpp
  void read_producer(Reader r);
  void read_approval(Reader r);
  void read_offer(Reader r);
  void link_approval(Reader r);
  std::vector<Tranche> read_spend(Reader& spend, const std::string& key, Id<Offer> offer);
  void read_mixes(Reader& r);
  void read_outcomes(Reader& r);
  void read_redirect(Reader r);
  // finance.cpp
  void read_finance(Reader r);
  void read_shock(Reader r);
  void read_loop(Reader r);
  void read_window(Reader r, Mix& mix);
  // model.cpp
  void read_model(Reader r, const std::string& id);
  void read_llm(Reader& r, LlmModel& m);
  void read_recommender(Reader& r, RecModel& m);
  void read_tables(Reader& r, RecModel& m);
  void read_block(Reader& r, RecModel& m);
  // workload.cpp
  void load_models(std::vector<Reader>& campaigns, std::vector<Reader>& services);
  void read_checkpoint(Reader& r, Campaign& c);
  void read_campaign(Reader r);
  void check_work_id(Reader& r, const std::string& id);
  void read_parts(Reader& r, Campaign& c);
  void read_plans(Reader& r, Campaign& c);
  void check_plan(Reader at, const Campaign& c, const ParallelPlan& plan);
  Tokens read_tokens(Reader& r, const std::string& key, int limit);
  void read_text(Reader& r, ServiceStage& s);
  ServiceStage read_stage_of(Reader& r);
  void read_service(Reader r);
  // instances.cpp
  void read_instances(Reader r, Service& service);
  // demand.cpp
  Demand read_demand(Reader r);
  void read_recorded_demand(Reader from, const std::string& of, RecordedShape& into);
  void read_flashes(Reader& r, Demand& d);
  // job_log.cpp
  void read_job_log(Reader r);
  int log_work(const std::string& name, const LogModels& models, std::vector<Campaign>& into);
  // claims.cpp
  Claim read_claim(Reader r);
  void check_claims(std::vector<Reader>& tables, size_t first);
  // porting.cpp
  struct StackFile;  // what is read of one porting file, with the places of what can wait for each other
  void read_component(Reader r, StackFile& file, const std::vector<std::string>& ids);
  void read_incident(Reader r, StackFile& file);
  void read_port_family(Reader r, StackFile& file);
  PortStage read_stage(Reader& r, StackFile& file, const std::vector<std::string>& ids, double engineers, bool real_work);
  void read_learning(Reader& r, StackFile& file, Port& port);
  void link_families(StackFile& file);
  void read_log(const std::string& path, const Place& from);
  // study.cpp
  void check_ports(Reader& r);

  // Things that wait for each other, by their place in the list.
  struct Linked { std::string id; Place place; std::vector<int> after; };
  // A chain that waits for itself is a problem, named with the line of each. One cycle at a time: breaking it shows
  // the next one.
  void check_cycle(const std::string& what, const std::vector<Linked>& nodes);

  // The Id of what `ref` names in a table; a problem with the nearest id when there is none, unless the file
  // that might define it could not be read.
  template <class T>
  Id<T> resolve(const Table<T>& table, const Ref& ref, const std::string& kind) {
    const Id<T> id = table.find(ref.text);
    if (!id.valid() && !ref.text.empty() && gaps_.count(kind) == 0 && gaps_.count(ref.text) == 0) unknown(ref, kind, ids_of(table));
    return id;
  }
  // Of a list: those that there are, in its order.
  template <class T>
  std::vector<Id<T>> resolve_all(const Table<T>& table, const std::vector<Ref>& refs, const std::string& kind) {
    std::vector<Id<T>> out;
    for (const auto& ref : refs)
      if (const auto id = resolve(table, ref, kind); id.valid()) out.push_back(id);
    return out;
  }
  void unknown(const Ref& ref, const std::string& kind, const std::vector<std::string>& ids) {
    context.problems.add(ref.place, "there is no " + kind + " \"" + ref.text + "\"" + did_you_mean(ref.text, ids));
  }
  template <class List>
  static std::vector<std::string> ids_of(const List& list) {
    std::vector<std::string> out;
    for (const auto& x : list) out.push_back(x.id);
    return out;
  }

  Scenario s_;
  Files files_;
  std::string catalogue_;       // directory of chips/, nodes/, ...
  std::string workload_root_;   // directory of models/, demand/
  std::map<std::string, std::string> work_;  // campaigns, services and logs by id: the list that they stand in
  std::set<std::string> stacks_;             // that a porting file is about
  std::set<std::string> gaps_;  // kinds of which some may be missing because a file is, and ids whose file is
};

}  // namespace capmix::scenario
