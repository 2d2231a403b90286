// A tree of names made from events.
//
// The set is ordered by path, and all below DIR lies between "DIR/" and "DIR0"
// ('0' follows '/'), so a subtree is a range.

#include "test/support/events/event_model.h"

#include <sys/inotify.h>

#include <filesystem>

namespace rn {

EventModel::EventModel(const std::string &root, std::set<std::string> paths)
    : prefix_(root + "/"), paths_(std::move(paths)) {}

void EventModel::Apply(const LoggedEvent &event) {
  if (event.kind != RN_EVENT_CHANGE || event.name.empty()) return;
  Apply(event.mask, event.cookie, event.path, event.src);
}

void EventModel::Apply(uint32_t mask, uint32_t cookie, const std::string &whole,
                       const std::string &whole_src) {
  if (whole.rfind(prefix_, 0) != 0) {
    faults_.push_back("outside: " + whole);
    return;
  }
  const std::string path = whole.substr(prefix_.size());
  if ((mask & IN_CREATE) != 0) Arrive(path, "created twice: ");
  if ((mask & IN_DELETE) != 0 && TakeOut(path).empty())
    faults_.push_back("deleted unknown: " + path);
  if ((mask & IN_MOVE) == IN_MOVE)
    MoveOut(cookie, whole_src.substr(prefix_.size()));
  else if ((mask & IN_MOVED_FROM) != 0)
    MoveOut(cookie, path);
  if ((mask & IN_MOVED_TO) != 0) MoveIn(cookie, path);
}

void EventModel::Arrive(const std::string &path, const std::string &how) {
  if (!paths_.insert(path).second) faults_.push_back(how + path);
}

EventModel::Names EventModel::TakeOut(const std::string &path) {
  Names names;
  if (paths_.erase(path) > 0) names.insert("");
  const auto begin = paths_.lower_bound(path + "/");
  const auto end = paths_.lower_bound(path + "0");
  for (auto at = begin; at != end; ++at) names.insert(at->substr(path.size()));
  paths_.erase(begin, end);
  return names;
}

void EventModel::PutIn(const std::string &path, const Names &names) {
  for (const std::string &name : names) paths_.insert(path + name);
}

void EventModel::MoveOut(uint32_t cookie, const std::string &path) {
  moving_[cookie] = TakeOut(path);
  if (moving_[cookie].empty()) faults_.push_back("moved unknown: " + path);
}

void EventModel::MoveIn(uint32_t cookie, const std::string &path) {
  (void)TakeOut(path);
  const auto at = moving_.find(cookie);
  PutIn(path, at != moving_.end() ? at->second : Names{""});
  if (at != moving_.end()) moving_.erase(at);
}

std::set<std::string> PathsOnDisk(const std::string &root) {
  std::set<std::string> paths;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(root))
    paths.insert(entry.path().string().substr(root.size() + 1));
  return paths;
}

}  // namespace rn
