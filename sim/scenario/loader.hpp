// One load: reads what the study names, in dependency order, and resolves ids. Private to the room scenario.
#pragma once

#include <set>
#include <string>

#include "scenario/files.hpp"
#include "scenario/reader.hpp"

namespace capmix::scenario {

class Loader {
 public:
  Loader() : files_(context.problems) {}

  void study(const std::string& path, const std::vector<std::string>& overrides);
  // Single files, for `check`: each with all it names.
  void platform(const std::string& path, const Place& from);
  void chip(const std::string& path), node(const std::string& path), fabric(const std::string& path);
  void efficiency(const std::string& path), buildout(const std::string& path), model(const std::string& path);
  void workload(const std::string& path, const Place& from);
  void porting(const std::string& path, const Place& from);
  void demand(const std::string& path);
  void catalogue(const std::string& directory);
  // Sorted facts and inputs; throws nothing. Call last.
  Scenario finish();

  Context context;

 private:
  Reader open(const std::string& folder, const std::string& id, const Place& from);
  Reader open_file(const std::string& path, const std::string& subject, const Place& from);

  // hardware.cpp
  void load_nodes(const std::map<std::string, Place>& wanted);
  void read_chip(Reader r, const std::string& id);
  void read_efficiency(Reader r, const std::string& id);
  void read_node(Reader r, const std::string& id);
  void read_fabric(Reader r, const std::string& id);
  void read_buildout(Reader r, const std::string& id);
  void check_cycle(const Buildout& b, const std::string& file);
  // platform.cpp
  void read_site(Reader r);
  void read_hall(Reader r, Site& site, const Buildout* buildout);
  void read_existing(Reader r);
  void read_producer(Reader r);
  void read_approval(Reader r);
  void read_offer(Reader r);
  // workload.cpp
  void read_model(Reader r, const std::string& id);
  void read_campaign(Reader r);
  void read_parts(Reader& r, Campaign& c);
  void check_plans(Reader& r, const Campaign& c, const std::vector<Reader>& plans);
  Demand read_demand(const std::string& id, const std::string& path, const Place& from);
  void read_service(Reader r);
  void read_port_family(Reader r, const std::string& stack);
  void read_log(const std::string& path, const Place& from);
  // study.cpp
  void read_mixes(Reader& r);
  void read_outcomes(Reader& r);
  void read_redirect(Reader r);

  // The Id of `name` in a table, or a problem at `key` with the nearest name that exists.
  template <class T>
  Id<T> resolve(const Table<T>& table, const std::string& name, Reader& r, const std::string& key, const char* kind) {
    const Id<T> id = table.find(name);
    if (!id.valid() && !name.empty()) unknown(table, name, r.place(key), kind);
    return id;
  }
  template <class T>
  void unknown(const Table<T>& table, const std::string& name, const Place& place, const char* kind) {
    std::vector<std::string> ids;
    for (const auto& x : table) ids.push_back(x.id);
    const std::string near = nearest(name, ids);
    context.problems.add(place, "there is no " + std::string(kind) + " \"" + name + "\"" +
                                    (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }

  Scenario s_;
  Files files_;
  std::string catalogue_;       // directory of chips/, nodes/, ...
  std::string workload_root_;   // directory of models/, demand/
  std::map<std::string, std::string> chip_efficiency_, node_chip_;  // by id, as written
};

}  // namespace capmix::scenario
