#ifndef TEST_SIM_PROCESSES_H_
#define TEST_SIM_PROCESSES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "test/sim/model_fs.h"
#include "test/sim/model_inotify.h"
#include "test/sim/op.h"

namespace rn::sim {

// Closes a descriptor of an inode: what has no name either ends.
void PutInode(ModelInotify *inotify, Inode *inode);

// Processes that change the tree.
//
// The kernel changes the tree first and queues the records afterwards, one by
// one, with the directories locked: others see the new tree meanwhile, but
// change or list none of the locked directories.
class Processes {
 public:
  // clock: what the time is.
  Processes(ModelFs *fs, ModelInotify *inotify, const int64_t *clock,
            Trace *trace)
      : fs_(fs), inotify_(inotify), clock_(clock), trace_(trace) {}

  // Does it.  Returns 0 or what the system call gives.
  int Run(const Op &op);

  // The tracker makes a system call: what was begun long ago goes on.
  void Tick();

  // Lets processes that have begun something end it: all of them, or those
  // that hold a lock of the directory.
  void FinishAll();
  void FinishLocking(const Inode *dir);
  bool HasBegun(int process) const {
    return !begun_[process].emissions.empty();
  }

  // Whether a rename put something in the place of something else: what the
  // records do not say.
  bool Replaces(uint32_t cookie) const {
    return cookie < replaces_.size() && replaces_[cookie];
  }

  // Renames of directories so far, in order: from where to where.
  const std::vector<std::pair<std::string, std::string>> &moves() const {
    return moves_;
  }

 private:
  struct Emission {
    Inode *inode;
    uint32_t mask;  // 0: the inode is put
    uint32_t cookie;
    std::string name;
  };
  struct Begun {
    std::vector<Emission> emissions;
    size_t next = 0;
    int age = 0;  // system calls of the tracker since then
    std::vector<const Inode *> locked;
  };

  int Perform(const Op &op, Begun *begun);
  int Make(const Op &op, FileType type, Begun *begun);
  int Touch(const Op &op, Begun *begun);
  int Remove(const Op &op, Begun *begun);
  int Hardlink(const Op &op, Begun *begun);
  int Move(const Op &op, Begun *begun);
  int Exchange(const Place &a, const Place &b, Begun *begun);
  void Replace(const Place &from, const Place &to, Begun *begun);
  int Hold(const Op &op);
  int Release(const Op &op);
  // Finds an entry; the second waits for the lock of its directory.
  int Look(const std::string &path, Place *place);
  int Find(const std::string &path, Place *place);
  // Queues the records of a rename from here to there.
  void TellMove(const Place &from, const Place &to, Inode *moved, Begun *begun);
  std::string PathOf(const Place &place) const;
  // The time as the file system has it: its clock ticks.
  int64_t Now() const;
  // Notes the time in an inode and in its directory.
  void Stamp(Inode *inode, Inode *dir) const;
  void StepOf(Begun *begun);
  void Finish(Begun *begun);

  ModelFs *const fs_;
  ModelInotify *const inotify_;
  const int64_t *const clock_;
  Trace *const trace_;
  Begun begun_[kProcessCount];
  std::vector<bool> replaces_{false};  // by cookie
  std::vector<std::pair<std::string, std::string>> moves_;
  std::multimap<std::string, Inode *> held_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_PROCESSES_H_
