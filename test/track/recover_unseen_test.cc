// A root with an index: what a repair cannot look at.

#include <errno.h>

#include <algorithm>
#include <string>

#include "test/track/track_fixture.h"

namespace rn {
namespace {

class RecoverUnseen : public TrackFixture {
 protected:
  RecoverUnseen() {
    kernel_.On(&KernelHooks::time_ns, [this] { return now_; });
    kernel_.On(&KernelHooks::monotonic_ns, [this] { return now_; });
    kernel_.MakeFile("/r/a");
    AddRecovering("/r");
  }

  // Told behind the loss, without what files tell of themselves.
  Lines Lose() {
    Feed(OverflowRecord());
    for (int i = 0; i < 40; i++) {
      now_ += 1000000000;
      Settle();
    }
    Lines told = Told();
    const auto is_of_a_file = [](const std::string &line) {
      return line.rfind("~MODIFY", 0) == 0 || line.rfind("~ATTRIB", 0) == 0;
    };
    told.erase(std::remove_if(told.begin(), told.end(), is_of_a_file),
               told.end());
    for (std::string &line : told) line = line.substr(0, line.find(" #"));
    return told;
  }

  int64_t now_ = 1000000000000;
};

TEST_F(RecoverUnseen, NewEntryIsNamed) {
  kernel_.MakeFile("/r/n");
  kernel_.FailAlways(Call::kEntryStatus, -EACCES);

  const Lines told = Lose();

  EXPECT_EQ(std::count(told.begin(), told.end(), "error -13 /r/n"), 1);
}

TEST_F(RecoverUnseen, WhatWasMovedIsLookedForAgain) {
  int looks = 0;
  kernel_.On(&KernelHooks::entry_status,
             [this, &looks](int dir_fd, const char *name, rn_status *status) {
               if (std::string(name) == "b" && ++looks == 2) return -EIO;
               const rn_sys *sys = kernel_.beneath();
               return sys->entry_status(sys, dir_fd, name, status);
             });
  kernel_.Rename("/r/a", "/r/b");

  const Lines told = Lose();

  EXPECT_GT(looks, 2);
  EXPECT_EQ(std::count_if(told.begin(), told.end(),
                          [](const std::string &line) {
                            return line.find(" /r/b") != std::string::npos;
                          }),
            1);
}

TEST_F(RecoverUnseen, QueueIsTakenForEmpty) {
  kernel_.MakeFile("/r/n");
  kernel_.FailAlways(Call::kQueued, -EPERM);

  const Lines told = Lose();

  EXPECT_EQ(std::count(told.begin(), told.end(), "~CREATE /r/n"), 1);
}

}  // namespace
}  // namespace rn
