#ifndef TEST_TRACK_TRACK_FIXTURE_H_
#define TEST_TRACK_TRACK_FIXTURE_H_

#include <sys/inotify.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/c11.h"
#include "test/support/fake_kernel.h"

extern "C" {
#include "lib/track/track.h"
}

namespace rn {

constexpr uint32_t kAllNamed = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY;

using Lines = std::vector<std::string>;

// A tracker on a scripted kernel, and what it told, a line each:
//   CREATE /r/d/         a change; a directory has a slash behind it
//   ~CREATE /r/d/f       the same without a record of the kernel
//   MOVED_TO /r/b < /r/a what it was before
//   MOVED /r/b < /r/a    both halves in one
//   error -28 /r/d       of a directory that is not watched
//   error -13 /l/f < /d  of a path that cannot be followed, and where
//   failed -28 /r/d      the same during an addition
//   overflow
//   rescan 3 /r          a repair that told three changes
//   ended /r             a root
//
// After each test the account has to balance.
class TrackFixture : public testing::Test {
 protected:
  TrackFixture();
  ~TrackFixture() override;
  void TearDown() override;

  // Watch `access_path` and walk it; `path` is what events say.
  rn_root *Add(const std::string &path, const std::string &access_path,
               bool recursive = true);
  rn_root *Add(const std::string &path) { return Add(path, path); }
  // The same with an index.
  rn_root *AddRecovering(const std::string &path, bool recursive = true);

  // Change the mask of a root.
  int SetMask(rn_root *root, uint32_t mask);

  // Take records in.  Returns what the tracker gave.
  int Feed(const Bytes &records);

  // List what there is to list.
  void Walk();
  void EndTurn() { rn_tracker_end_turn(tracker_); }
  // Feed what the kernel has queued.  Returns whether there was anything.
  bool Drain();
  // Forget what the kernel has queued.
  void LoseQueue();
  // All of these until nothing is left to do.
  void Settle();

  // Watch descriptor of a directory that is watched.
  int Wd(const std::string &path) const;
  bool IsWatched(int wd) const { return kernel_.Watches().count(wd) != 0; }
  // Remove a directory, telling nothing but its watch's end.
  void RemoveDir(const std::string &path);

  // What the kernel says of an entry of a watched directory.
  Bytes DirRecord(int wd, uint32_t mask, const std::string &name,
                  uint32_t cookie = 0) const {
    return Record(wd, mask | IN_ISDIR, cookie, name);
  }

  // Let the opening, or the watching, of entries `name` fail.
  void FailOpening(const std::string &name, int error);
  void FailWatching(const std::string &name, int error);

  // What was told since the last time.
  Lines Told();
  rn_track_counts Counts() const { return rn_tracker_counts(tracker_); }

  FakeKernel kernel_{FakeKernel::Mode::kModel};
  rn_tracker *tracker_ = nullptr;
  uint64_t told_count_ = 0;
  uint64_t moved_count_ = 0;
  int64_t told_time_ns_ = 0;  // of the last change
  uint32_t told_cookie_ = 0;  // of it

  // Of what is added from now on.
  uint32_t mask_ = kAllNamed;
  int64_t pair_wait_ns_ = 0;

 private:
  static void OnChange(void *context, const rn_change *change);
  static void OnPlain(void *context, rn_node *node, const rn_raw_event *raw);
  static void OnSlow(void *context);
  static void OnOverflow(void *context);
  static void OnMoved(void *context);
  static void OnEnded(void *context, rn_root *root);
  static void OnFailed(void *context, const rn_node *directory, rn_bytes name,
                       int error);
  static void OnRecovered(void *context, const rn_recovery *recovery);
  static void OnLeft(void *context, rn_node *node, rn_bytes name);
  static void OnEmptied(void *context, rn_node *node);

  Lines told_;
};

}  // namespace rn

#endif  // TEST_TRACK_TRACK_FIXTURE_H_
