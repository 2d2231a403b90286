// Events as text, and the handlers that write them.

#include "ringnotify/print.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <fstream>
#include <functional>
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

std::string FormatOf(const rn_event *event) {
  std::vector<char> text(1 << 20);
  const size_t size = rn_event_format(event, text.data(), text.size());
  EXPECT_LT(size, text.size());
  for (const size_t cut : {size_t{0}, size_t{1}, size / 2, size}) {
    std::vector<char> small(cut + 1, '!');
    EXPECT_EQ(rn_event_format(event, small.data(), cut), size);
    EXPECT_EQ(small[cut], '!');
    if (cut == 0) continue;
    EXPECT_EQ(small.data(), std::string(text.data(), cut - 1)) << cut;
  }
  return std::string(text.data(), size);
}

// The text of one event in a directory, changed by `change`.
std::string TextOf(const std::string &directory, const std::string &name,
                   const std::function<void(rn_event *)> &change) {
  std::string text;
  TestDispatch dispatch;
  rn_handler handler = HandlerOf(nullptr);
  handler.context = &text;
  handler.on_default = [](const rn_event *event, void *context) {
    *static_cast<std::string *>(context) = FormatOf(event);
    return 0;
  };
  rn_target *target = NewTarget(handler);
  rn_event *event = dispatch.lane().Write(name, directory, target);
  event->seq = 7;
  event->monotonic_ns = 1700000000000000042;
  change(event);
  dispatch.Run();
  rn_target_free(target);
  return text;
}

TEST(EventFormat, HasEveryFieldInItsOrder) {
  EXPECT_EQ(TextOf("/d", "n",
                   [](rn_event *event) {
                     event->mask = IN_CREATE | IN_ISDIR;
                     event->cookie = 5;
                     event->flags = RN_RECORD_DIR | RN_RECORD_SYNTHETIC;
                   }),
            "kind=change\tmask=IN_CREATE|IN_ISDIR\tpath=/d/n\tdirectory=/d"
            "\tname=n\tis_dir=1\tis_synthetic=1\tis_end=0\tcookie=5"
            "\twd=7\tgeneration=1\tseq=7\ttime=1700000000.000000042");
}

TEST(EventFormat, SaysWhatOnlyAKindHas) {
  const std::string common =
      "\tcookie=0\twd=7\tgeneration=1\tseq=7\ttime=1700000000.000000042";
  const std::string flags = "\tis_dir=0\tis_synthetic=0\tis_end=0";

  EXPECT_EQ(TextOf("", "",
                   [](rn_event *event) {
                     event->kind = RN_RECORD_OVERFLOW;
                     event->mask = IN_Q_OVERFLOW;
                   }),
            "kind=overflow\tmask=IN_Q_OVERFLOW\tpath=\tdirectory=\tname=" +
                flags + common + "\tloss=kernel\tlost_count=0");
  EXPECT_EQ(TextOf("", "",
                   [](rn_event *event) {
                     event->kind = RN_RECORD_OVERFLOW;
                     event->mask = IN_Q_OVERFLOW;
                     event->flags = RN_RECORD_LOST_HERE;
                     event->extra = 9;
                   }),
            "kind=overflow\tmask=IN_Q_OVERFLOW\tpath=\tdirectory=\tname=" +
                flags + common + "\tloss=ring\tlost_count=9");
  EXPECT_EQ(TextOf("/d", "",
                   [](rn_event *event) {
                     event->kind = RN_RECORD_ERROR;
                     event->mask = 0;
                     event->extra = ENOSPC;
                   }),
            "kind=error\tmask=0\tpath=/d\tdirectory=/d\tname=" + flags +
                common + "\terror=-28");
  EXPECT_EQ(TextOf("/d", "",
                   [](rn_event *event) {
                     event->kind = RN_RECORD_RESCAN;
                     event->mask = 0;
                     event->extra = 3;
                     event->source = 12;
                   }),
            "kind=rescan\tmask=0\tpath=/d\tdirectory=/d\tname=" + flags +
                common +
                "\trescan_reason=overflow\trescan_changes=3\trescan_ms=12");
}

TEST(EventFormat, KeepsAnEventOnOneLine) {
  const std::string text =
      TextOf("/d\n", "a\tb\\", [](rn_event *event) { event->mask = IN_OPEN; });

  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_NE(
      text.find("\tpath=/d\\n/a\\tb\\\\\tdirectory=/d\\n\tname=a\\tb\\\\\t"),
      std::string::npos)
      << text;
}

TEST(RawEventFormat, HasEveryField) {
  const rn_raw_event event = {3, IN_MOVED_TO | IN_ISDIR, 17, 3, "a\nb"};
  char text[100];

  const size_t size = rn_raw_event_format(&event, text, sizeof(text));

  EXPECT_STREQ(text, "wd=3\tmask=IN_MOVED_TO|IN_ISDIR\tcookie=17\tname=a\\nb");
  EXPECT_EQ(size, strlen(text));
  EXPECT_EQ(rn_raw_event_format(&event, text, 5), size);
  EXPECT_STREQ(text, "wd=3");
}

TEST(RawEventFormat, TakesAnOverflow) {
  const rn_raw_event event = {-1, IN_Q_OVERFLOW, 0, 0, ""};
  char text[100];

  rn_raw_event_format(&event, text, sizeof(text));

  EXPECT_STREQ(text, "wd=-1\tmask=IN_Q_OVERFLOW\tcookie=0\tname=");
}

// -- Handlers
// -------------------------------------------------------------------

class Print : public testing::Test {
 protected:
  // Whatever a path has to be to need more than the handler's own room.
  static constexpr size_t kLong = 9000;

  ~Print() override { rn_target_end(target_); }

  void Use(const rn_handler &handler) { target_ = NewTarget(handler); }

  // Also remembers what the line has to be.
  void Write(const std::string &name, const std::string &directory = "/d") {
    rn_event *event = dispatch_.lane().Write(name, directory, target_);
    event->mask = IN_CREATE;
    expected_ += "name=" + name + "\n";
  }

  // Lines with all but the name left out.
  static std::string Names(const std::string &text) {
    std::istringstream lines(text);
    std::string names;
    for (std::string line; std::getline(lines, line);) {
      const size_t at = line.find("name=");
      names += line.substr(at, line.find('\t', at) - at) + "\n";
    }
    return names;
  }

  uint64_t Errors() const {
    return rn_dispatch_counts(dispatch_.get()).handler_errors;
  }

  TestDispatch dispatch_;
  rn_target *target_ = nullptr;
  std::string expected_;
};

rn_handler StreamHandler(FILE *stream) {
  rn_handler handler = HandlerOf(nullptr);
  EXPECT_EQ(rn_print_stream_handler(stream, &handler), 0);
  return handler;
}

rn_handler FdHandler(int fd) {
  rn_handler handler = HandlerOf(nullptr);
  EXPECT_EQ(rn_print_fd_handler(fd, &handler), 0);
  return handler;
}

TEST_F(Print, WritesALineAnEventToAStreamAndFlushesIt) {
  char *text = nullptr;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  Use(StreamHandler(stream));
  Write("a");
  Write("b", std::string(kLong, 'd'));
  Write("c");

  dispatch_.Run();

  EXPECT_EQ(Names(std::string(text, size)), expected_);
  EXPECT_EQ(Errors(), 0U);
  fclose(stream);
  free(text);
}

TEST_F(Print, WritesEveryKindOfEvent) {
  char *text = nullptr;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  Use(StreamHandler(stream));
  for (const rn_record_kind kind : {RN_RECORD_CHANGE, RN_RECORD_OVERFLOW,
                                    RN_RECORD_ERROR, RN_RECORD_RESCAN}) {
    rn_event *event = dispatch_.Write("n", target_);
    event->kind = static_cast<uint8_t>(kind);
    event->mask = kind == RN_RECORD_OVERFLOW ? IN_Q_OVERFLOW : 0;
  }

  dispatch_.Run();

  const std::string written(text, size);
  size_t at = 0;
  for (const char *kind : {"kind=change\t", "\nkind=overflow\t",
                           "\nkind=error\t", "\nkind=rescan\t"}) {
    at = written.find(kind, at);
    EXPECT_NE(at, std::string::npos) << kind;
  }
  fclose(stream);
  free(text);
}

TEST_F(Print, WritesALineAnEventToADescriptor) {
  const TempDir dir;
  const std::string path = dir.Write("out", "before\n");
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  Use(FdHandler(fd));
  Write("a");
  Write("b", std::string(kLong, 'd'));

  dispatch_.Run();

  close(fd);
  std::ifstream file(path);
  std::string first;
  std::getline(file, first);
  std::stringstream rest;
  rest << file.rdbuf();
  EXPECT_EQ(first, "before");
  EXPECT_EQ(Names(rest.str()), expected_);
  EXPECT_EQ(Errors(), 0U);
}

// The pipe holds less than a line: nothing goes on before it is read.
TEST_F(Print, WaitsForADescriptorThatDoesNotBlock) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  ASSERT_GT(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
  Use(FdHandler(ends[1]));
  for (int i = 0; i < 20; i++)
    Write(std::to_string(i), std::string(kLong, 'd'));
  std::string read_back;
  std::thread reader([&] {
    char buffer[1000];
    ssize_t size;
    while ((size = read(ends[0], buffer, sizeof(buffer))) > 0)
      read_back.append(buffer, static_cast<size_t>(size));
  });

  dispatch_.Run();

  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_EQ(Names(read_back), expected_);
  EXPECT_EQ(Errors(), 0U);
}

TEST_F(Print, CountsWhatAStreamDoesNotTake) {
  FILE *full = fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Use(StreamHandler(full));
  Write("a");

  dispatch_.Run();

  EXPECT_EQ(Errors(), 1U);
  fclose(full);
}

TEST_F(Print, CountsWhatADescriptorDoesNotTake) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  close(ends[0]);
  Use(FdHandler(ends[1]));
  Write("a");
  Write("b");

  dispatch_.Run();

  EXPECT_EQ(Errors(), 2U);
  close(ends[1]);
  signal(SIGPIPE, SIG_DFL);
}

TEST_F(Print, CountsALongLineThatThereIsNoMemoryFor) {
  char *text = nullptr;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  Use(StreamHandler(stream));
  fflush(stream);
  Write("a", std::string(kLong, 'd'));
  Write("b");
  {
    const MemoryEnd end(0);
    dispatch_.Run();
  }

  EXPECT_EQ(Names(std::string(text, size)), "name=b\n");
  EXPECT_EQ(Errors(), 1U);
  fclose(stream);
  free(text);
}

TEST(PrintHandler, RefusesWhatCannotBe) {
  rn_handler handler = HandlerOf(nullptr);
  EXPECT_EQ(rn_print_fd_handler(-1, &handler), -EINVAL);
  handler.size = 1;
  EXPECT_EQ(rn_print_fd_handler(1, &handler), -EINVAL);
  EXPECT_EQ(rn_print_stream_handler(stdout, &handler), -EINVAL);
}

}  // namespace
}  // namespace rn
