// Repeats that are left out: which, and which not.

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/notifier/notifier_fixture.h"
#include "test/support/fake_kernel.h"

namespace rn {
namespace {

// What is done before Start() comes in one read.
class Coalescing : public NotifierFixture {
 protected:
  void SetUp() override { options_.coalesce = true; }

  void Watch(uint32_t mask, unsigned flags = 0) {
    if (notifier_ == nullptr) Make();
    ASSERT_EQ(Add("", mask, flags), 0);
  }

  // The kernel merges records that follow one another, so two files take turns.
  void WriteInTurns(const std::string &a, const std::string &b, int times) {
    const int fds[] = {open(Path(a).c_str(), O_WRONLY | O_APPEND),
                       open(Path(b).c_str(), O_WRONLY | O_APPEND)};
    for (int i = 0; i < times; i++)
      for (const int fd : fds) ASSERT_EQ(write(fd, "x", 1), 1);
    for (const int fd : fds) close(fd);
  }

  EventLog other_;
  FakeKernel kernel_{FakeKernel::Mode::kReal};
};

TEST_F(Coalescing, IsOffUnlessAskedFor) {
  options_.coalesce = false;
  Touch("f");
  Touch("g");
  Watch(IN_MODIFY);
  WriteInTurns("f", "g", 3);
  Start();

  Drain();

  EXPECT_EQ(log_.Count(), 6U);
  EXPECT_EQ(Statistics().coalesced, 0U);
}

TEST_F(Coalescing, TellsOnceOfEachFile) {
  Touch("f");
  Touch("g");
  Watch(IN_MODIFY | IN_CLOSE_WRITE);
  WriteInTurns("f", "g", 3);
  Start();

  Drain();

  EXPECT_EQ(Texts(), (Strings{"MODIFY f", "MODIFY g", "CLOSE_WRITE f",
                              "CLOSE_WRITE g"}));
  EXPECT_EQ(Statistics().coalesced, 4U);
}

TEST_F(Coalescing, LeavesOutNothingThatIsTurnedBack) {
  Watch(IN_CREATE | IN_DELETE);
  for (int i = 0; i < 3; i++) {
    Touch("f");
    Remove("f");
  }
  Start();

  Drain();

  EXPECT_EQ(Texts(), (Strings{"CREATE f", "DELETE f", "CREATE f", "DELETE f",
                              "CREATE f", "DELETE f"}));
  EXPECT_EQ(Statistics().coalesced, 0U);
}

TEST_F(Coalescing, IsDoneByEachWatchForItself) {
  Touch("f");
  Touch("g");
  Watch(IN_MODIFY);
  ASSERT_EQ(Add("", IN_MODIFY | IN_ATTRIB, 0, &other_), 0);
  WriteInTurns("f", "g", 2);
  ASSERT_EQ(chmod(Path("f").c_str(), 0600), 0);
  WriteInTurns("f", "g", 1);
  Start();

  Drain();

  EXPECT_EQ(Texts(), (Strings{"MODIFY f", "MODIFY g"}));
  EXPECT_EQ(other_.Texts(dir_.path()),
            (Strings{"MODIFY f", "MODIFY g", "ATTRIB f", "MODIFY f"}));
  EXPECT_EQ(Statistics().coalesced, 4U + 3U);
}

TEST_F(Coalescing, HoldsForNamesThatPassTheGlobs) {
  Touch("f");
  Touch("g.tmp");
  Make();
  const char *globs[] = {"*.tmp", nullptr};
  rn_watch_options options = NotifierFixture::Watch(IN_MODIFY);
  options.exclude = globs;
  ASSERT_EQ(AddPath(dir_.path(), options), 0);
  WriteInTurns("f", "g.tmp", 3);
  Start();

  Drain();

  EXPECT_EQ(Texts(), Strings{"MODIFY f"});
  EXPECT_EQ(Statistics().coalesced, 2U);
  EXPECT_GE(Statistics().filtered, 3U);
}

TEST_F(Coalescing, DoesNotReachIntoTheNextRead) {
  Make(kernel_.sys());
  Watch(IN_MODIFY);
  const int wd = kernel_.WdOf(dir_.path());
  const Bytes modified = Record(wd, IN_MODIFY, 0, "f");
  kernel_.QueueRead(modified + modified);
  kernel_.QueueRead(modified);
  Start();

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 2; }));
  EXPECT_EQ(Statistics().coalesced, 1U);
  Finish();
}

TEST_F(Coalescing, TellsAgainBehindAnOverflow) {
  Make(kernel_.sys());
  Watch(IN_MODIFY);
  const int wd = kernel_.WdOf(dir_.path());
  const Bytes modified = Record(wd, IN_MODIFY, 0, "f");
  kernel_.QueueRead(modified + OverflowRecord() + modified);
  Start();

  EXPECT_TRUE(WaitUntil([&] { return log_.Count() == 3; }));
  EXPECT_EQ(Texts(), (Strings{"MODIFY f", "OVERFLOW kernel", "MODIFY f"}));
  Finish();
}

// The path of the first is no longer that of the second, whether or not the
// rename is told.
TEST_F(Coalescing, TellsAgainUnderTheNewPath) {
  dir_.MkDir("d");
  Touch("d/f");
  Touch("g");
  Watch(IN_MODIFY, RN_WATCH_RECURSIVE);
  WriteInTurns("d/f", "g", 2);
  Move("d", "e");
  WriteInTurns("e/f", "g", 2);
  Start();

  Drain();

  EXPECT_EQ(Texts(),
            (Strings{"MODIFY d/f", "MODIFY g", "MODIFY e/f", "MODIFY g"}));
}

// What a full ring dropped was not heard.
TEST_F(Coalescing, TellsAgainWhatWasDropped) {
  options_.full = RN_FULL_DROP;
  options_.slot_count = 2;
  options_.batch_count = 1;
  Make(kernel_.sys());
  Watch(IN_MODIFY | IN_ATTRIB);
  log_.Hold();
  const int wd = kernel_.WdOf(dir_.path());
  Bytes records;
  for (const char *name : {"a", "b", "c", "d", "e", "f", "f", "f"})
    records += Record(wd, IN_MODIFY, 0, name);
  kernel_.QueueRead(records);
  Start();

  ASSERT_TRUE(WaitUntil([&] { return Statistics().read >= 8; }));
  EXPECT_EQ(Statistics().coalesced, 0U);
  EXPECT_GE(Statistics().dropped, 3U);
  Finish();
}

}  // namespace
}  // namespace rn
