// `ringnotify watch --recover`: what was lost is written, then "rescan".

#include <signal.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/json_record.h"
#include "test/support/events/event_model.h"
#include "test/support/queue_limit.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr uint32_t kLimit = 64;

class WatchRecover : public testing::Test {
 protected:
  WatchRecover() {
    for (int i = 0; i < 20; i++) dir_.Write("old" + std::to_string(i), "");
  }

  // More than the queue takes, while the command does not read.
  void Storm(const Command &command) {
    command.Signal(SIGSTOP);
    ASSERT_TRUE(WaitUntil([&] {
      return ProcessStatus(command.pid(), "State").rfind('T', 0) == 0;
    }));
    for (uint32_t i = 0; i < 2 * kLimit; i++)
      dir_.Write("new" + std::to_string(i), "text");
    dir_.MkDir("d/e/f");
    rename(dir_.Path("old1").c_str(), dir_.Path("d/old1").c_str());
    unlink(dir_.Path("old2").c_str());
    command.Signal(SIGCONT);
  }

  TempDir dir_;
};

TEST_F(WatchRecover, WritesWhatWasLost) {
  EventModel model(dir_.path(), EntriesOnDisk(dir_.path()));
  auto limit = std::make_unique<QueueLimit>(kLimit);
  if (!limit->refusal().empty()) GTEST_SKIP() << limit->refusal();
  Command command({"watch", "-r", "--recover", "--json", dir_.path()});
  command.Record();
  limit.reset();

  Storm(command);
  bool overflow = false;
  for (;;) {
    const JsonRecord record(command.Record());
    if (HasFailure()) return;
    const std::string type = record.String("type");
    overflow |= type == "overflow";
    if (type == "rescan") {
      EXPECT_EQ(record.String("reason"), "overflow");
      EXPECT_GT(record.Integer("changes"), 0);
      EXPECT_TRUE(record.Has("ms"));
      break;
    }
    if (type != "event") continue;
    model.Apply(record.Mask(), static_cast<uint32_t>(record.Integer("cookie")),
                record.String("path"));
  }

  EXPECT_TRUE(overflow);
  EXPECT_EQ(model.entries(), EntriesOnDisk(dir_.path()));
  EXPECT_TRUE(model.faults().empty());
  command.Signal(SIGTERM);
  const std::string rest = command.Rest();
  EXPECT_NE(rest.find("\"recovered\":true}\n"), std::string::npos) << rest;
  EXPECT_EQ(command.Exit(), 0);
}

TEST_F(WatchRecover, WritesAPlainRecord) {
  auto limit = std::make_unique<QueueLimit>(kLimit);
  if (!limit->refusal().empty()) GTEST_SKIP() << limit->refusal();
  Command command({"watch", "-r", "--recover", "-e", "create", dir_.path()});
  ASSERT_TRUE(command.WaitForWatches(1));
  limit.reset();

  Storm(command);
  std::string line;
  while ((line = command.Record()).rfind("RESCAN", 0) != 0)
    if (HasFailure()) return;

  EXPECT_EQ(line, "RESCAN\t" + dir_.path());
  command.Signal(SIGTERM);
  EXPECT_EQ(command.Exit(), 0);
}

TEST_F(WatchRecover, NeedsADirectory) {
  Command command({"watch", "--recover", dir_.Write("f", "")});

  EXPECT_EQ(command.Exit(), 1);
  EXPECT_NE(command.Errors().find(dir_.Path("f")), std::string::npos);
}

}  // namespace
}  // namespace rn
