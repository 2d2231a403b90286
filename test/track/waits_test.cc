// Waits of the tracker have an end, whatever is renamed meanwhile.

#include <errno.h>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class Waits : public TrackFixture {
 protected:
  Waits() {
    kernel_.MakeDir("/r/old");
    Add("/r");
    r_ = Wd("/r");
    old_ = Wd("/r/old");
  }

  // Let no watch more be had, but for a fence's moment.
  void ReachTheLimit() {
    kernel_.On(&KernelHooks::watch_add,
               [this](int fd, const char *path, uint32_t mask) {
                 const rn_sys *sys = kernel_.beneath();
                 const size_t before = kernel_.Watches().size();
                 const int wd = sys->watch_add(sys, fd, path, mask);
                 const bool fence = (mask & IN_MASK_ADD) == 0;
                 if (fence || kernel_.Watches().size() == before) return wd;
                 EXPECT_EQ(sys->watch_remove(sys, fd, wd), 0);
                 return -ENOSPC;
               });
  }

  int r_ = 0, old_ = 0;
};

// That its path is another's is found out by watching that, which may need the
// one watch that is not to be had.
TEST_F(Waits, APathThatIsAnothersIsTriedAgainAtTheWatchLimit) {
  kernel_.MakeFile("/r/old/d/f");
  kernel_.Rename("/r/old", "/r/new");
  kernel_.MakeDir("/r/old");
  ReachTheLimit();
  Feed(DirRecord(old_, IN_CREATE, "d"));
  EXPECT_EQ(Told(), Lines{"CREATE /r/old/d/"});

  kernel_.On(&KernelHooks::watch_add, nullptr);
  Feed(DirRecord(r_, IN_MOVED_FROM, "old", 7) +
       DirRecord(r_, IN_MOVED_TO, "new", 7));
  Settle();

  EXPECT_EQ(Told(), (Lines{"MOVED_FROM /r/old/", "MOVED_TO /r/new/ < /r/old",
                           "~CREATE /r/new/d/f"}));
}

}  // namespace
}  // namespace rn
