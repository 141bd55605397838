// The files of one load: each parsed once, `extends` merged, overrides applied, texts kept for the manifest.
// Private to the room scenario.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/study.hpp"
#include "scenario/value.hpp"

namespace capmix::scenario {

// One input to change: the element `path` of the file `subject` becomes `value`.
struct Override {
  std::string subject;
  std::vector<std::string> path;  // keys, and ids of elements of arrays of tables
  Value value;
  Place place;                    // where it was asked for
  bool used = false;
};

class Files {
 public:
  explicit Files(Diagnostics& problems) : problems_(&problems) {}

  // Later overrides win. Texts are "subject:path=value", the value TOML or else taken as a plain text; a table
  // holds "subject:path" = value.
  void add_overrides(const std::vector<std::string>& texts);
  void add_overrides(const Value& table);

  // The file's table with what it extends and with the overrides of `subject`. nullptr, and a problem at `from`
  // (who asked for the file), when it cannot be read or is not TOML.
  const Value* read(const std::string& path, const std::string& subject, const Place& from);
  // The same as it stands in the file.
  const Value* raw(const std::string& path, const Place& from);
  // The file's table with what it extends, before overrides.
  std::optional<Value> merged(const std::string& path, const Place& from);
  // The last file along `extends`, the file itself where it extends none: what a file leaves to a default beside itself is meant there.
  std::string origin(const std::string& path);
  // Keeps the text of a file that is read elsewhere (CSV) for the manifest; false when it cannot be read.
  bool keep(const std::string& path);
  // Overrides of subjects that were never read are problems, unless a file that is missing might be theirs.
  void finish();
  std::vector<InputText> inputs() const;  // sorted by path

 private:
  bool extend(Value& table, const std::string& path, int depth);
  bool leave_out(Value& table, Value& parent);
  void apply(Value& table, const std::string& subject);

  Diagnostics* problems_;
  std::map<std::string, std::unique_ptr<Value>> raw_, read_;  // by path; by subject and path. Empty: broken
  std::map<std::string, std::string> texts_;
  std::vector<Override> overrides_;
  std::vector<std::string> subjects_;
};

// Of an item of a [set]: what it makes a path of the study's own is relative to the file that says so. Where that is another one than `study`, which
// extends it, the path becomes absolute.
void settle_paths(Value& item, const std::string& study);
// "a/b/../c.toml" -> "a/c.toml"; relative stays relative.
std::string beside(const std::string& file, const std::string& path);
// "platforms/chips/h200-sxm.toml" -> "h200-sxm"
std::string stem(const std::string& path);
// The stems of a folder's TOML files, sorted.
std::vector<std::string> stems_in(const std::string& folder);

}  // namespace capmix::scenario
