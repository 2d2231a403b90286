// Coalescing never hides what is there: pyinotify's dropped the second CREATE
// of a directory that was made, removed and made again, and took it for gone.

#include <sys/inotify.h>

#include "test/notifier/notifier_fixture.h"
#include "test/support/events/event_model.h"

namespace rn {
namespace {

constexpr uint32_t kTreeMask =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

class Case17 : public NotifierFixture,
               public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    options_.coalesce = GetParam();
    Make();
    ASSERT_EQ(Add("", kTreeMask, RN_WATCH_RECURSIVE), 0);
  }

  // All of it lies in the kernel's queue when the reader begins: one read.
  void MakeRemoveMake(const std::string &name) const {
    MkDir(name);
    RmDir(name);
    MkDir(name);
  }
};

TEST_P(Case17, TheFinalStateOfADirectoryMadeTwiceIsThatItIsThere) {
  MakeRemoveMake("s");
  Start();

  ASSERT_EQ(rn_thread_notifier_sync(notifier_, -1), 0);

  EXPECT_EQ(Texts(),
            (Strings{"CREATE|ISDIR s", "DELETE|ISDIR s", "CREATE|ISDIR s"}));
}

TEST_P(Case17, AFileInADirectoryMadeTwiceIsTold) {
  MakeRemoveMake("s");
  Start();
  ASSERT_TRUE(WatchesAgree());

  Touch("s/f");
  Drain();

  EXPECT_EQ(Texts().back(), "CREATE s/f");
}

TEST_P(Case17, AFileThatIsMadeInTheSameBatchIsTold) {
  MakeRemoveMake("s");
  Touch("s/f");
  Start();

  Drain();

  EventModel model(dir_.path(), {});
  for (const LoggedEvent &event : log_.Events()) model.Apply(event);
  EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
  EXPECT_EQ(model.faults(), Strings{});
  EXPECT_TRUE(Has("CREATE s/f"));
}

INSTANTIATE_TEST_SUITE_P(OffAndOn, Case17, testing::Bool(),
                         [](const auto &tested) {
                           return tested.param ? "Coalescing" : "Plain";
                         });

}  // namespace
}  // namespace rn
