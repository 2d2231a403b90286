// The counter: what is counted where, and its texts.

#include "ringnotify/counter.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "test/batch/memory.h"
#include "test/dispatch/test_dispatch.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

class Counter : public testing::Test {
 protected:
  Counter() {
    EXPECT_EQ(rn_counter_new(&counter_), 0);
    target_ = NewTarget(Handler());
  }
  ~Counter() override {
    rn_target_end(target_);
    rn_counter_free(counter_);
  }

  rn_handler Handler() const {
    rn_handler handler = HandlerOf(nullptr);
    EXPECT_EQ(rn_counter_handler(counter_, &handler), 0);
    return handler;
  }

  // Give it events of a mask.
  void Give(uint32_t mask, int times = 1,
            rn_record_kind kind = RN_RECORD_CHANGE) {
    for (int i = 0; i < times; i++) {
      rn_event *event = dispatch_.Write("n", target_);
      event->mask = mask;
      event->kind = static_cast<uint8_t>(kind);
    }
    dispatch_.Run();
  }

  // The line without its first field, the time.
  std::string Line() const {
    char text[1024];
    const size_t size = rn_counter_format(counter_, text, sizeof(text));
    EXPECT_LT(size, sizeof(text));
    EXPECT_EQ(size, strlen(text));
    const std::string line = text;
    EXPECT_TRUE(std::regex_search(line, std::regex("^elapsed=[0-9]+s(\t|$)|"
                                                   "^elapsed=[0-9]+m[0-9]+s")))
        << line;
    const size_t tab = line.find('\t');
    return tab == std::string::npos ? "" : line.substr(tab + 1);
  }

  std::string Chart() const {
    char text[2048];
    const size_t size = rn_counter_chart(counter_, text, sizeof(text));
    EXPECT_LT(size, sizeof(text));
    EXPECT_EQ(size, strlen(text));
    return text;
  }

  rn_counter *counter_ = nullptr;
  TestDispatch dispatch_;
  rn_target *target_ = nullptr;
};

std::string Row(std::string name, int bar, const std::string &number) {
  name.resize(26, ' ');
  std::string text(static_cast<size_t>(bar), '@');
  text.resize(46, ' ');
  return name + text + number + "\n";
}

TEST_F(Counter, CountsEachEventByItsBit) {
  for (int i = 0; i < 16; i++)
    Give(1U << i | (i % 2 == 1 ? IN_ISDIR : 0), i + 1,
         1U << i == IN_Q_OVERFLOW ? RN_RECORD_OVERFLOW : RN_RECORD_CHANGE);

  for (uint32_t i = 0; i < 16; i++) {
    EXPECT_EQ(rn_counter_get(counter_, 1U << i), i + 1);
    EXPECT_EQ(rn_counter_get(counter_, 1U << i | IN_ISDIR), i + 1);
  }
  EXPECT_EQ(rn_counter_get(counter_, IN_ISDIR),
            2U + 4 + 6 + 8 + 10 + 12 + 14 + 16);
  EXPECT_EQ(rn_counter_total(counter_), 16U * 17 / 2);
}

TEST_F(Counter, CountsAWholeRenameOnce) {
  Give(IN_MOVE, 3);
  Give(IN_MOVED_FROM);

  EXPECT_EQ(rn_counter_get(counter_, IN_MOVE), 3U);
  EXPECT_EQ(rn_counter_get(counter_, IN_MOVED_FROM), 1U);
  EXPECT_EQ(rn_counter_get(counter_, IN_MOVED_TO), 0U);
  EXPECT_EQ(rn_counter_total(counter_), 4U);
}

TEST_F(Counter, CountsEveryKind) {
  Give(IN_CREATE, 2);
  Give(IN_MOVE);
  Give(IN_Q_OVERFLOW, 4, RN_RECORD_OVERFLOW);
  Give(0, 5, RN_RECORD_ERROR);
  Give(0, 6, RN_RECORD_RESCAN);

  EXPECT_EQ(rn_counter_kind(counter_, RN_EVENT_CHANGE), 3U);
  EXPECT_EQ(rn_counter_kind(counter_, RN_EVENT_OVERFLOW), 4U);
  EXPECT_EQ(rn_counter_kind(counter_, RN_EVENT_ERROR), 5U);
  EXPECT_EQ(rn_counter_kind(counter_, RN_EVENT_RESCAN), 6U);
  EXPECT_EQ(rn_counter_total(counter_), 18U);
}

TEST_F(Counter, KnowsNoOtherMasks) {
  Give(IN_CREATE | IN_ISDIR);

  for (const uint32_t mask :
       {uint32_t{0}, uint32_t{IN_CREATE | IN_DELETE}, uint32_t{IN_ONLYDIR},
        uint32_t{IN_ONESHOT}, uint32_t{IN_ALL_EVENTS}, ~uint32_t{0}})
    EXPECT_EQ(rn_counter_get(counter_, mask), 0U) << mask;
}

TEST_F(Counter, KnowsWhenItBegan) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const timespec start = rn_counter_start(counter_);

  EXPECT_GT(start.tv_sec, now.tv_sec - 600);
  EXPECT_LE(start.tv_sec, now.tv_sec);
}

TEST_F(Counter, IsNoErrorAndNoStop) {
  Give(IN_CREATE);

  EXPECT_EQ(rn_dispatch_counts(dispatch_.get()).handler_errors, 0U);
}

// -- Text
// -----------------------------------------------------------------------

TEST_F(Counter, IsALineOfWhatIsNotNone) {
  EXPECT_EQ(Line(), "");
  Give(IN_OPEN | IN_ISDIR, 3);
  Give(IN_ACCESS);
  Give(IN_MOVE, 2);
  Give(IN_Q_OVERFLOW, 1, RN_RECORD_OVERFLOW);
  Give(0, 1, RN_RECORD_ERROR);
  Give(0, 1, RN_RECORD_RESCAN);

  EXPECT_EQ(Line(),
            "IN_ACCESS=1\tIN_OPEN=3\tIN_Q_OVERFLOW=1"
            "\tIN_MOVED_FROM|IN_MOVED_TO=2\tIN_ISDIR=3\tERROR=1\tRESCAN=1");
}

TEST_F(Counter, IsAChartOfBars) {
  EXPECT_EQ(Chart(), "");
  Give(IN_OPEN | IN_ISDIR, 90);
  Give(IN_CREATE, 45);
  Give(IN_DELETE, 3);
  Give(IN_MOVE, 1);

  EXPECT_EQ(Chart(), Row("IN_OPEN", 45, "90") + Row("IN_CREATE", 22, "45") +
                         Row("IN_DELETE", 1, "3") +
                         Row("IN_MOVED_FROM|IN_MOVED_TO", 0, "1") +
                         Row("IN_ISDIR", 45, "90"));
}

TEST_F(Counter, CutsItsTexts) {
  Give(IN_OPEN, 2);
  const std::string chart = Chart();
  char text[10];

  EXPECT_EQ(rn_counter_chart(counter_, text, sizeof(text)), chart.size());
  EXPECT_EQ(text, chart.substr(0, sizeof(text) - 1));
  EXPECT_GT(rn_counter_format(counter_, text, sizeof(text)), sizeof(text));
  EXPECT_EQ(std::string(text).substr(0, 8), "elapsed=");
  EXPECT_EQ(rn_counter_chart(counter_, nullptr, 0), chart.size());
}

// -- Dump
// -----------------------------------------------------------------------

std::string TextOfFile(const std::string &path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_F(Counter, DumpsItsChartIntoANewFile) {
  const TempDir dir;
  const std::string path = dir.Path("chart");
  Give(IN_OPEN, 2);

  ASSERT_EQ(rn_counter_dump(counter_, path.c_str()), 0);

  EXPECT_EQ(TextOfFile(path), Chart());
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(Counter, DumpsOverNothing) {
  const TempDir dir;
  const std::string file = dir.Write("file", "text");
  const std::string link = dir.Path("link");
  const std::string dangling = dir.Path("dangling");
  ASSERT_EQ(symlink("file", link.c_str()), 0);
  ASSERT_EQ(symlink("none", dangling.c_str()), 0);

  for (const std::string &path : {file, link, dangling})
    EXPECT_EQ(rn_counter_dump(counter_, path.c_str()), -EEXIST) << path;
  EXPECT_EQ(rn_counter_dump(counter_, dir.Path("no/file").c_str()), -ENOENT);

  EXPECT_EQ(TextOfFile(file), "text");
  EXPECT_NE(access(dir.Path("none").c_str(), F_OK), 0);
}

// -- Threads and memory
// ---------------------------------------------------------

TEST_F(Counter, CountsForManyAtOnce) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; i++)
    threads.emplace_back([this] {
      TestDispatch dispatch;
      rn_target *target = NewTarget(Handler());
      for (int j = 0; j < 5000; j++)
        dispatch.Write("n", target)->mask =
            j % 2 == 0 ? IN_CREATE : IN_DELETE | IN_ISDIR;
      dispatch.Run();
      rn_target_release(target);
    });
  for (std::thread &thread : threads) thread.join();

  EXPECT_EQ(rn_counter_get(counter_, IN_CREATE), 2500U * kThreads);
  EXPECT_EQ(rn_counter_get(counter_, IN_DELETE), 2500U * kThreads);
  EXPECT_EQ(rn_counter_get(counter_, IN_ISDIR), 2500U * kThreads);
  EXPECT_EQ(rn_counter_total(counter_), 5000U * kThreads);
}

TEST(CounterOwnership, OutlivesItsMakersHold) {
  rn_counter *counter = nullptr;
  const int64_t before = LiveBlocks();
  ASSERT_EQ(rn_counter_new(&counter), 0);
  rn_handler handler = HandlerOf(nullptr);
  ASSERT_EQ(rn_counter_handler(counter, &handler), 0);
  rn_target *target = NewTarget(handler);
  const int64_t held = LiveBlocks();
  rn_counter_free(counter);
  EXPECT_EQ(LiveBlocks(), held);
  {
    TestDispatch dispatch;
    dispatch.Write("n", target)->mask = IN_CREATE;
    dispatch.Run();
  }
  rn_target_end(target);

  EXPECT_EQ(LiveBlocks(), before);
  rn_counter_free(nullptr);
}

TEST(CounterOwnership, SaysThatThereIsNoMemory) {
  rn_counter *counter = nullptr;
  const MemoryEnd end(0);
  EXPECT_EQ(rn_counter_new(&counter), -ENOMEM);
  EXPECT_EQ(counter, nullptr);
}

}  // namespace
}  // namespace rn
