#ifndef TEST_SUPPORT_EVENTS_EVENT_MODEL_H_
#define TEST_SUPPORT_EVENTS_EVENT_MODEL_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "test/support/events/event_log.h"

namespace rn {

// What exists according to the events: paths below a root, without it.
//
// Takes CREATE, DELETE and both halves of renames, apart or in one, in order.
// Along each path arrivals and departures have to alternate; where they do not,
// that is a fault.  A directory that goes takes what is below it along.
class EventModel {
 public:
  explicit EventModel(const std::string &root,
                      std::set<std::string> paths = {});

  void Apply(const LoggedEvent &event);
  void Apply(uint32_t mask, uint32_t cookie, const std::string &path,
             const std::string &src = "");

  const std::set<std::string> &paths() const { return paths_; }
  const std::vector<std::string> &faults() const { return faults_; }

 private:
  using Names = std::set<std::string>;  // below a directory; "" is itself

  void Arrive(const std::string &path, const std::string &how);
  Names TakeOut(const std::string &path);
  void PutIn(const std::string &path, const Names &names);
  void MoveOut(uint32_t cookie, const std::string &path);
  void MoveIn(uint32_t cookie, const std::string &path);

  const std::string prefix_;
  Names paths_;
  std::map<uint32_t, Names> moving_;  // by cookie
  std::vector<std::string> faults_;
};

// What is below a directory on the disk: paths without `root`.
std::set<std::string> PathsOnDisk(const std::string &root);

}  // namespace rn

#endif  // TEST_SUPPORT_EVENTS_EVENT_MODEL_H_
