#ifndef TEST_SIM_WATCHED_H_
#define TEST_SIM_WATCHED_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "test/batch/c11.h"
#include "test/sim/consumer.h"
#include "test/sim/model_kernel.h"

extern "C" {
#include "ringnotify/handler.h"
#include "ringnotify/watch.h"
}

namespace rn::sim {

// What roots have in common.
struct World {
  ModelKernel *kernel;
  Trace *trace;
  std::function<void(const std::string &)> fault;
  uint32_t usual_mask;
  bool any_adrift;  // is, or was, a root
};

using Inodes = std::set<const Inode *>;

// What is at a path, links followed; or nullptr.
const Inode *InodeAt(ModelFs *fs, const std::string &path);

// Paths below a directory of the model that a root of this kind is told of.
//
// watched    the directories that are watched, where not all are; or nullptr.
PathSet PathsBelow(ModelFs *fs, const std::string &root, uint32_t kind,
                   const Inodes *watched);

// Whether a name is that of a file which is there for a moment only: to see who
// is told of it.
bool IsMark(const std::string &name);
// Whether it is that of an event which the user puts into a stream.
bool IsAppended(const std::string &name);

// One root of the user's, from when its addition was asked for: what it is
// told, and what of that is wrong.
class Watched {
 public:
  enum class State { kAsked, kLive, kFailed, kEnded };

  Watched(World *world, std::string slot, std::string path, uint32_t kind);
  Watched(const Watched &) = delete;
  Watched &operator=(const Watched &) = delete;

  const std::string &slot() const { return slot_; }
  const std::string &path() const { return path_; }
  uint32_t kind() const { return kind_; }
  bool Is(uint32_t kind) const { return (kind_ & kind) == kind; }
  uint32_t mask() const { return MaskOfKind(kind_, world_->usual_mask); }
  State state() const { return state_; }
  bool is_live() const { return state_ == State::kLive; }
  rn_watch watch() const { return watch_; }

  // How to add it; what it points to is the root's.
  rn_watch_options Options();

  // The addition is over.
  void BecomeLive(rn_watch watch);
  void Fail();
  // Something happened in the tree.
  void NoteChange();
  // Whether its path led to something else since it was added: of such a root
  // little can be demanded.
  bool is_adrift() const { return is_adrift_; }
  // What it was added for; or nullptr: not known.
  const Inode *inode() const { return inode_; }
  // Whether that is gone.
  bool IsDead() const;

  // The user has asked for a change, and has been answered.
  void BeginChange();
  void EndChange(uint32_t kind);

  // Nothing is told of what happens from now on, until it is told again.
  void Suspend();
  void Resume() { is_suspended_ = false; }
  bool is_suspended() const { return is_suspended_; }
  // The user removes it; that has returned.
  void BeginRemoval() { is_leaving_ = true; }
  void EndRemoval() { is_removed_ = true; }
  bool is_leaving() const { return is_leaving_; }
  bool is_removed() const { return is_removed_; }

  // Names of files that were made and removed at once, in its own directory,
  // and are to be told; or are not, wherever they are.
  void Expect(const std::string &name);
  void Forbid(const std::string &name) { forbidden_.insert(name); }
  // The user has put an event of this name into its stream.
  void ExpectAppended(const std::string &name);

  // The directories that are watched for it: of a fixed one they say what it is
  // told of.
  void SetWatched(Inodes inodes);

  // Begins to hold what is told against what is there, where that was given up.
  void StartConsumer();
  void DropConsumer();
  bool has_consumer() const { return consumer_ != nullptr; }

  // What has to be true when nothing is left to do.
  void CheckAtRest();
  // Whether its end was told, if it has come.
  void CheckEnd();
  // Whether what was told is what is there.
  void CheckModel();
  // A repair is due to be told.
  bool is_unrepaired() const { return is_unrepaired_; }

  // Whether an error said that this path, or one above it, may be missed.
  bool IsExcused(const std::string &path) const;
  void Excuse(const std::string &path, int error);
  // The same of one that on_failure names: what the root was told behind the
  // failure, it was told before this.
  void ExcuseFailure(const std::string &path, int error);

  // Paths of probes that were told, for whoever looks; taken away.
  std::vector<std::string> TakeProbes();

 private:
  static int OnEvent(const rn_event *event, void *context);
  static void OnRelease(void *context);
  void Take(const rn_event *event);
  void TakeChange(const Told &told, const std::string &name, int64_t time_ns);
  void TakeLoss();
  void TakeSettled(const Told &told, int64_t time_ns);
  // Whether it is of a probe or appended, and so no news of the tree.
  bool TakeMarked(const Told &told, const std::string &name);
  void Touch(const Told &told, int64_t time_ns);
  void MoveTouched(const std::string &from, const std::string &to);
  void CheckSettled();
  void CheckMarks();
  void MoveExcuses(const std::string &from, const std::string &to);
  // Whether what is at a path may be what an error named.
  bool IsNamed(const std::string &path) const;
  // Notes whether a rename that happens now may not be told.
  void NoteHearing();
  // Whether its mask asks for all that makes a model.
  bool MakesModel() const;
  bool CanErr() const;
  void Fault(const std::string &what) const;

  World *const world_;
  const std::string slot_, path_;
  uint32_t kind_;
  rn_handler handler_ = {};
  State state_ = State::kAsked;
  rn_watch watch_ = {};
  const Inode *inode_ = nullptr;
  bool is_adrift_ = false;
  int changes_ = 0;  // that are under way
  bool is_suspended_ = false;
  bool is_leaving_ = false, is_removed_ = false;
  bool is_released_ = false;
  bool has_ended_ = false;  // its end was told
  bool is_unrepaired_ = false;
  bool was_told_ = false;  // of any change
  std::unique_ptr<Consumer> consumer_;
  std::set<std::string> expected_, forbidden_, appended_;
  // Entries that are to be told as settled; or, with `settles_`, not known.
  bool settles_ = false;
  std::map<std::string, int64_t> touched_;  // and when
  Inodes watched_, known_;
  std::vector<std::string> probes_;
  std::set<std::string> named_;  // by errors
  bool misses_renames_ = false;
  std::set<std::string> excused_paths_;
  std::set<const Inode *> excused_;
  // Renames that were told while an addition or a change was under way.
  std::vector<std::pair<std::string, std::string>> meanwhile_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_WATCHED_H_
