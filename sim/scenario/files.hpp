// The files of one load: each parsed once, `extends` merged, overrides applied, texts kept for the manifest.
// Private to the room scenario.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/study.hpp"
#include "scenario/reader.hpp"

namespace capmix::scenario {

// "subject:path=value" -> parts. Throws InputError when the text has no such form.
struct Override {
  std::string subject, path, value, where;  // where: what a message calls it
  bool used = false;
};
Override parse_override(const std::string& text);

class Files {
 public:
  explicit Files(Diagnostics& problems) : problems_(&problems) {}

  void add_overrides(const std::vector<std::string>& texts);
  // The file's table with overrides of `subject` applied, or an empty one with a problem (at `from`, who asked for
  // it). `folder` "" when the file cannot extend another one.
  const toml::table& read(const std::string& path, const std::string& subject, const Place& from);
  void note_text(const std::string& path, const std::string& text) { texts_[path] = text; }
  // Overrides of subjects that were never read are problems.
  void finish();
  std::vector<InputText> inputs() const;

 private:
  toml::table parse(const std::string& path, const Place& from);
  void extend(toml::table& table, const std::string& path, int depth);
  void apply(toml::table& table, const std::string& subject);

  Diagnostics* problems_;
  std::map<std::string, std::unique_ptr<toml::table>> parsed_;  // by subject and path
  std::map<std::string, std::string> texts_;
  std::vector<Override> overrides_;
  std::vector<std::string> subjects_;
};

// "a/b/../c.toml" -> "a/c.toml"; relative stays relative.
std::string beside(const std::string& file, const std::string& path);
// "platforms/chips/h200-sxm.toml" -> "h200-sxm"
std::string stem(const std::string& path);

}  // namespace capmix::scenario
