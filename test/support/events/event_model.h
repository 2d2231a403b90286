#ifndef TEST_SUPPORT_EVENTS_EVENT_MODEL_H_
#define TEST_SUPPORT_EVENTS_EVENT_MODEL_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "test/support/events/event_log.h"

namespace rn {

// Paths, each with whether it is a directory.
using Entries = std::map<std::string, bool>;

// What exists according to the events: paths below a root, without it.
//
// Takes CREATE, DELETE and both halves of renames, apart or in one, in order.
// Along each path arrivals and departures have to alternate; where they do not,
// that is a fault.  A directory that goes takes what is below it along.
class EventModel {
 public:
  explicit EventModel(const std::string &root, Entries entries = {});

  void Apply(const LoggedEvent &event);
  void Apply(uint32_t mask, uint32_t cookie, const std::string &path,
             const std::string &src = "");

  const Entries &entries() const { return entries_; }
  const std::vector<std::string> &faults() const { return faults_; }
  // What went and was not of the type that had come.  After a loss that may be
  // so: what came between was lost.
  const std::vector<std::string> &type_faults() const { return type_faults_; }

 private:
  struct Told {
    const std::string &path;
    uint32_t cookie;
    bool is_dir;
  };

  void Arrive(const Told &told);
  // What went, by paths behind the one that went; "" is itself.
  Entries TakeOut(const std::string &path);
  void PutIn(const std::string &path, const Entries &names);
  void Depart(const Told &told);
  void MoveOut(const Told &told);
  void MoveIn(const Told &told);
  void Check(const Entries &gone, const Told &told, const std::string &what);

  const std::string prefix_;
  Entries entries_;
  std::map<uint32_t, Entries> moving_;  // by cookie
  std::vector<std::string> faults_;
  std::vector<std::string> type_faults_;
};

// What is below a directory on the disk: paths without `root`.
Entries EntriesOnDisk(const std::string &root);

}  // namespace rn

#endif  // TEST_SUPPORT_EVENTS_EVENT_MODEL_H_
