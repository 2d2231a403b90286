// The buffered writer: whole records, in time, and what ends it.

#include "cmd/ringnotify/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

class Output : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(pipe2(pipe_, O_CLOEXEC), 0);
    output_.fd = pipe_[1];
  }

  void TearDown() override {
    output_fini(&output_);
    if (pipe_[0] >= 0) close(pipe_[0]);
    close(pipe_[1]);
  }

  // What one read(2) gives, "" when nothing is there.
  std::string ReadOnce(size_t size = 1 << 20) {
    std::string bytes(size, '\0');
    fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
    const ssize_t count = read(pipe_[0], bytes.data(), size);
    bytes.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return bytes;
  }

  int pipe_[2];
  output output_ = {};
};

TEST_F(Output, HoldsRecordsUntilTheFlush) {
  text_add_string(&output_.text, "one\n");
  output_end_record(&output_);
  text_add_string(&output_.text, "two\n");
  output_end_record(&output_);

  EXPECT_EQ(ReadOnce(), "");
  EXPECT_EQ(output_flush(&output_), 0);
  EXPECT_EQ(ReadOnce(), "one\ntwo\n");
}

class OutputFile : public ::testing::Test {
 protected:
  OutputFile() : path_(dir_.Write("log", "before\n")) {
    signal(SIGXFSZ, SIG_IGN);
    output_.separator = '\n';
    output_.fd = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    getrlimit(RLIMIT_FSIZE, &before_);
  }

  ~OutputFile() override {
    setrlimit(RLIMIT_FSIZE, &before_);
    output_fini(&output_);
    close(output_.fd);
  }

  // Let files have no more bytes than this.
  void Fill(rlim_t size) {
    const rlimit limit = {size, before_.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }

  std::string Content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TempDir dir_;
  std::string path_;
  output output_ = {};
  rlimit before_;
};

// The first record of the next run would be on the same line.
TEST_F(OutputFile, KeepsNoPartOfARecordThatDidNotFit) {
  text_add_string(&output_.text, "one\ntwo\nthree\n");
  Fill(strlen("before\none\ntwo\nth"));

  EXPECT_EQ(output_flush(&output_), -EFBIG);

  EXPECT_EQ(Content(), "before\none\ntwo\n");
}

TEST_F(OutputFile, KeepsWhatWasThereWhenNothingFits) {
  text_add_string(&output_.text, "one\n");
  Fill(strlen("before\non"));

  EXPECT_EQ(output_flush(&output_), -EFBIG);

  EXPECT_EQ(Content(), "before\n");
}

// Whoever was killed in the middle of a record could not take it back.
TEST_F(OutputFile, EndsHalfARecordThatItFinds) {
  output_mend_end(output_.fd, path_.c_str(), '\n');
  EXPECT_EQ(Content(), "before\n");

  dir_.Write("log", "before\nha");
  output_mend_end(output_.fd, path_.c_str(), '\n');
  EXPECT_EQ(Content(), "before\nha\n");

  dir_.Write("log", "");
  output_mend_end(output_.fd, path_.c_str(), '\n');
  output_mend_end(output_.fd, dir_.Path("missing").c_str(), '\n');
  EXPECT_EQ(Content(), "");
}

TEST_F(Output, DoesNotHoldMoreThanItsBound) {
  ASSERT_GE(fcntl(pipe_[1], F_SETPIPE_SZ, 2 * OUTPUT_HELD_MAX), 0);
  const std::string record = std::string(999, 'x') + "\n";
  size_t added = 0;

  while (added < OUTPUT_HELD_MAX) {
    text_add(&output_.text, record.data(), record.size());
    output_end_record(&output_);
    added += record.size();
  }

  EXPECT_EQ(output_.text.size, 0U);
  EXPECT_EQ(ReadOnce().size(), added);
}

TEST_F(Output, WritesAllToAPipeThatDoesNotBlock) {
  fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  const std::string bytes(1 << 20, 'x');
  std::string seen;
  std::thread reader([&] {
    std::string piece(4096, '\0');
    while (seen.size() < bytes.size()) {
      const ssize_t count = read(pipe_[0], piece.data(), piece.size());
      if (count <= 0) break;
      seen.append(piece, 0, static_cast<size_t>(count));
    }
  });

  text_add(&output_.text, bytes.data(), bytes.size());
  const int flushed = output_flush(&output_);
  reader.join();

  EXPECT_EQ(flushed, 0);
  EXPECT_EQ(seen, bytes);
}

TEST_F(Output, TellsThatTheReaderLeft) {
  close(pipe_[0]);
  pipe_[0] = -1;

  text_add_string(&output_.text, "lost\n");

  EXPECT_EQ(output_flush(&output_), -EPIPE);
}

TEST_F(Output, TellsThatTheDiskIsFullAndStopsThere) {
  output_.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  text_add_string(&output_.text, "lost\n");

  EXPECT_EQ(output_flush(&output_), -ENOSPC);

  close(output_.fd);
  output_.fd = pipe_[1];
  text_add_string(&output_.text, "more\n");
  EXPECT_EQ(output_flush(&output_), -ENOSPC);
  EXPECT_EQ(ReadOnce(), "");
}

TEST_F(Output, WritesNoPartOfARecordThatLacksMemory) {
  text_add_string(&output_.text, "part");
  text_reserve(&output_.text, SIZE_MAX / 2);

  EXPECT_EQ(output_flush(&output_), -ENOMEM);
  EXPECT_EQ(ReadOnce(), "");
}

}  // namespace
}  // namespace rn
