// A tree of names made from events.
//
// The set is ordered by path, and all below DIR lies between "DIR/" and "DIR0"
// ('0' follows '/'), so a subtree is a range.

#include "test/support/events/event_model.h"

#include <sys/inotify.h>

#include <filesystem>

namespace rn {

EventModel::EventModel(const std::string &root, Entries entries)
    : prefix_(root + "/"), entries_(std::move(entries)) {}

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
  const bool is_dir = (mask & IN_ISDIR) != 0;
  const Told told = {path, cookie, is_dir};
  if ((mask & IN_CREATE) != 0) Arrive(told);
  if ((mask & IN_DELETE) != 0) Depart(told);
  if ((mask & IN_MOVE) == IN_MOVE)
    MoveOut({whole_src.substr(prefix_.size()), cookie, is_dir});
  else if ((mask & IN_MOVED_FROM) != 0)
    MoveOut(told);
  if ((mask & IN_MOVED_TO) != 0) MoveIn(told);
}

void EventModel::Arrive(const Told &told) {
  if (entries_.emplace(told.path, told.is_dir).second) return;
  faults_.push_back("created twice: " + told.path);
}

Entries EventModel::TakeOut(const std::string &path) {
  Entries names;
  const auto itself = entries_.find(path);
  if (itself != entries_.end()) {
    names[""] = itself->second;
    entries_.erase(itself);
  }
  const auto begin = entries_.lower_bound(path + "/");
  const auto end = entries_.lower_bound(path + "0");
  for (auto at = begin; at != end; ++at)
    names[at->first.substr(path.size())] = at->second;
  entries_.erase(begin, end);
  return names;
}

void EventModel::PutIn(const std::string &path, const Entries &names) {
  for (const auto &[name, is_dir] : names) entries_[path + name] = is_dir;
}

void EventModel::Check(const Entries &gone, const Told &told,
                       const std::string &what) {
  const auto itself = gone.find("");
  if (itself == gone.end())
    faults_.push_back(what + " unknown: " + told.path);
  else if (itself->second != told.is_dir)
    type_faults_.push_back(what + " as another type: " + told.path);
}

void EventModel::Depart(const Told &told) {
  Check(TakeOut(told.path), told, "deleted");
}

void EventModel::MoveOut(const Told &told) {
  Entries &gone = moving_[told.cookie];
  gone = TakeOut(told.path);
  if (gone.count("") == 0) faults_.push_back("moved unknown: " + told.path);
  // In an exchange what goes back is not what came: it may be of another type.
  gone[""] = told.is_dir;
}

void EventModel::MoveIn(const Told &told) {
  (void)TakeOut(told.path);
  const auto at = moving_.find(told.cookie);
  if (at == moving_.end()) {
    PutIn(told.path, {{"", told.is_dir}});
    return;
  }
  Check(at->second, told, "arrived");
  PutIn(told.path, at->second);
  moving_.erase(at);
}

Entries EntriesOnDisk(const std::string &root) {
  Entries entries;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(root))
    entries[entry.path().string().substr(root.size() + 1)] =
        entry.is_directory() && !entry.is_symlink();
  return entries;
}

}  // namespace rn
