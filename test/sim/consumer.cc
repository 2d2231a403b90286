#include "test/sim/consumer.h"

#include <sys/inotify.h>

#include "test/sim/model_inotify.h"

namespace rn::sim {

std::string ToldText(const Told &told) {
  std::string text = told.synthetic ? "~" : "";
  text += MaskText(told.mask & ~IN_ISDIR) + " " + told.path;
  if (told.is_dir) text += "/";
  if (told.cookie != 0) text += " #" + std::to_string(told.cookie);
  if (told.has_source) text += " < " + told.source;
  return text;
}

bool Consumer::IsBelowRoot(const std::string &path) const {
  return path.size() > root_.size() && path.rfind(root_, 0) == 0 &&
         path[root_.size()] == '/';
}

std::string Consumer::CheckPlace(const Told &told) const {
  if (!IsBelowRoot(told.path)) return "outside of its root";
  const std::string below = told.path.substr(root_.size());
  if (!is_there_) return "between two lives";
  if ((kind_ & kRecursive) == 0 && below.find('/', 1) != std::string::npos)
    return "further below than it is watched";
  return IsTold(kind_, below, told.is_dir) ? "" : "of what is left out";
}

std::string Consumer::Take(const Told &told) {
  constexpr uint32_t kNamed = IN_CREATE | IN_DELETE | IN_MOVE;
  if (told.path == root_ && (kind_ & kPersistent) != 0) return TakeLife(told);
  if ((told.mask & kNamed) == 0) return "";
  const std::string wrong = CheckPlace(told);
  if (!wrong.empty()) return wrong;
  if ((told.mask & IN_CREATE) != 0) return Arrive(told);
  if ((told.mask & IN_MOVE) == IN_MOVE) return MoveAtOnce(told);
  if ((told.mask & IN_MOVED_FROM) != 0) return MoveOut(told);
  if ((told.mask & IN_MOVED_TO) != 0) return MoveIn(told);
  return TakeOut(told.path).names.empty() ? "departure of what is not there"
                                          : "";
}

std::string Consumer::TakeLife(const Told &told) {
  const bool ends = (told.mask & IN_IGNORED) != 0;
  if (!ends && (told.mask & IN_CREATE) == 0) return "";
  if (told.is_end) return "";  // also where nothing was
  if (ends != is_there_) return ends ? "end of no life" : "one life in another";
  is_there_ = !ends;
  paths_.clear();
  moving_.clear();
  return "";
}

std::string Consumer::CheckParent(const std::string &path) const {
  const std::string parent = path.substr(0, path.rfind('/'));
  if (parent == root_) return "";
  const auto at = paths_.find(parent);
  return at == paths_.end() || !at->second ? "in a directory that is not there"
                                           : "";
}

std::string Consumer::Arrive(const Told &told) {
  if (!paths_.emplace(told.path, told.is_dir).second)
    return "arrival of what is there";
  return CheckParent(told.path);
}

Consumer::Subtree Consumer::TakeOut(const std::string &path) {
  Subtree subtree = {path, {}};
  const auto top = paths_.find(path);
  if (top == paths_.end()) return subtree;
  subtree.names.emplace("", top->second);
  paths_.erase(top);
  const auto begin = paths_.lower_bound(path + "/");
  const auto end = paths_.lower_bound(path + "0");  // '0' follows '/'
  for (auto at = begin; at != end; ++at)
    subtree.names.emplace(at->first.substr(path.size()), at->second);
  paths_.erase(begin, end);
  return subtree;
}

std::string Consumer::MoveOut(const Told &told) {
  Subtree &subtree = moving_[told.cookie] = TakeOut(told.path);
  return subtree.names.empty() ? "departure of what is not there" : "";
}

bool Consumer::IsFromInside(const Told &told) const {
  if (!told.has_source || !IsBelowRoot(told.source)) return false;
  if (moving_.count(told.cookie) != 0) return true;
  const bool at_once = (told.mask & IN_MOVE) == IN_MOVE;
  const bool doubted = told.source_may_be_wrong || told.source_is_excused;
  if (doubted && !at_once) return false;
  const auto known = paths_.find(told.source);
  if (known != paths_.end() && (at_once || known->second == told.is_dir))
    return true;
  // Another root was told of it: where a fixed one does not watch, or this one
  // could not, or of a place that has left this one.
  if (doubted || (kind_ & kFixed) != 0 || !CheckParent(told.source).empty())
    return false;
  const std::string below = told.source.substr(root_.size());
  if ((kind_ & kRecursive) == 0 && below.find('/', 1) != std::string::npos)
    return false;
  return IsTold(kind_, below, told.is_dir);
}

std::string Consumer::Put(const Told &told, const Subtree &subtree) {
  for (const auto &[name, is_dir] : subtree.names)
    paths_.emplace(told.path + name, is_dir);
  return CheckParent(told.path);
}

std::string Consumer::MoveIn(const Told &told) {
  const bool replaced = !TakeOut(told.path).names.empty();
  if (replaced && told.cookie != 0 && !processes_->Replaces(told.cookie))
    return "arrival of what is there";
  const auto at = moving_.find(told.cookie);
  const bool left = told.cookie != 0 && at != moving_.end();
  const bool inside = IsFromInside(told);
  if (inside && !left) return "from where it has not left";
  if (left && !told.has_source) return "without its source";
  Subtree subtree = {"", {{"", told.is_dir}}};
  if (left) {
    subtree = at->second;
    subtree.names[""] = told.is_dir;  // what it is now is told
    moving_.erase(at);
  }
  if (inside && subtree.from != told.source)
    return "not from there, but from " + subtree.from;
  return Put(told, subtree);
}

std::string Consumer::MoveAtOnce(const Told &told) {
  if ((kind_ & kPairs) == 0) return "both halves in one";
  if (!told.has_source) return "without its source";
  Subtree subtree = {"", {{"", told.is_dir}}};
  if (IsFromInside(told)) subtree = TakeOut(told.source);
  if (subtree.names.empty() && told.source_is_excused) subtree.names[""];
  if (subtree.names.empty()) return "departure of what is not there";
  subtree.names[""] = told.is_dir;
  const bool replaced = !TakeOut(told.path).names.empty();
  if (replaced && !processes_->Replaces(told.cookie))
    return "arrival of what is there";
  return Put(told, subtree);
}

}  // namespace rn::sim
