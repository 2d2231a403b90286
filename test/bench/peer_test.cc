// Peers as children: programs of this test's own, which behave and which do
// not.

// In C a function may be named as a struct, and {0} is an initializer.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wshadow"
#include "bench/subject/listen_peer.h"
#pragma GCC diagnostic pop

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr uint64_t kSecondNs = 1000000000;
constexpr std::chrono::seconds kSoon(10);

constexpr char kGood[] =
    "[ \"$1\" = --version ] && { echo 'libuv 1.2'; exit; }\n"
    "echo ready; read -r line; [ \"$line\" = go ] || exit 1\n"
    "echo done 3 1000 900 0\n";

// Whether a process runs; one that ended and was not waited for does not.
bool Runs(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string id, name, state;
  stat >> id >> name >> state;
  return !state.empty() && state != "Z";
}

class Peer : public testing::Test {
 protected:
  Peer() {
    peer_.name = "libuv";
    peer_.package = "libuv1-dev";
  }

  // Put a program in the peer's place and look at it.
  void Look(const std::string &script) {
    const std::string path = dir_.Write("libuv", "#!/bin/sh\n" + script);
    ASSERT_EQ(chmod(path.c_str(), 0700), 0);
    peer_look(&peer_, dir_.path().c_str());
  }

  // Put it there without looking at it.
  void Have(const std::string &script) {
    Look(kGood);
    dir_.Write("libuv", "#!/bin/sh\n" + script);
    ASSERT_STREQ(peer_.reason, "");
  }

  // Drain two events and the last one.
  int Drain(drained *drained) {
    const load_shape shape = {1, 2, 12};
    load load = {};
    load.root_fd = -1;
    if (load_make(&load, dir_.MkDir("work").c_str(), &shape) != 0) return 1;
    const subject subject = peer_subject(&peer_);
    const struct handler_kind noop = {"noop", false, 0};
    variant variant = {};
    variant.handler = &noop;
    const int err = subject.drain(&subject, &load, &variant, 2, drained);
    load_remove(&load);
    return err;
  }

  TempDir dir_;
  peer peer_ = {};
};

// ---- the line "done" ----

TEST(PeerDone, IsReadWithItsFourNumbers) {
  peer_done done = {};

  ASSERT_EQ(peer_parse_done("done 11 22 33 44", &done), 0);

  EXPECT_EQ(done.events, 11U);
  EXPECT_EQ(done.wall_ns, 22U);
  EXPECT_EQ(done.cpu_ns, 33U);
  EXPECT_EQ(done.overflows, 44U);
}

TEST(PeerDone, IsNothingElse) {
  for (const char *line :
       {"", "done", "done 1 2 3", "done 1 2 3 4 5", "done 1 2 3 4x", "ready",
        "done a b c d", "done 1 2 -3 4", "C done 1 2 3 4", "donee 1 2 3 4"}) {
    peer_done done = {};
    EXPECT_EQ(peer_parse_done(line, &done), -EBADMSG) << line;
    EXPECT_EQ(done.events, 0U) << line;
  }
}

// ---- looking for it ----

TEST_F(Peer, ThatWorksTellsItsVersion) {
  Look(kGood);

  EXPECT_STREQ(peer_.reason, "");
  EXPECT_STREQ(peer_.version, "1.2");
}

TEST_F(Peer, WithoutItsLibraryNamesThePackage) {
  Look("echo 'libuv: not installed; Debian package libuv1-dev'; exit 77\n");

  EXPECT_STREQ(peer_.reason, "not installed; Debian package libuv1-dev");
}

TEST_F(Peer, ThatIsNotBuiltNamesThePackageToo) {
  peer_look(&peer_, dir_.path().c_str());

  const std::string reason = peer_.reason;
  EXPECT_NE(reason.find("libuv1-dev"), std::string::npos) << reason;
  EXPECT_NE(reason.find("tools/bench-peers"), std::string::npos) << reason;
}

TEST_F(Peer, ThatFailsIsNotUsed) {
  Look("echo 'libuv 1.2'; exit 3\n");

  EXPECT_NE(std::string(peer_.reason).find("does not work"), std::string::npos);
}

// ---- draining ----

TEST_F(Peer, DrainsWhatItSays) {
  Look(kGood);
  drained drained = {};

  ASSERT_EQ(Drain(&drained), 0);

  EXPECT_EQ(drained.expected, 3U);
  EXPECT_EQ(drained.delivered, 3U);
  EXPECT_EQ(drained.spent.wall_ns, 1000U);
  EXPECT_EQ(drained.spent.cpu_ns, 900U);
}

TEST_F(Peer, GetsModeDirectoryAndWork) {
  Have("echo \"$@\" >\"$(dirname \"$0\")/said\"; " + std::string(kGood));
  drained drained = {};

  ASSERT_EQ(Drain(&drained), 0);

  std::ifstream said(dir_.Path("said"));
  std::string line;
  std::getline(said, line);
  EXPECT_EQ(line, "--work 0 drain " + dir_.Path("work/load"));
}

TEST_F(Peer, ThatHangsIsGivenUpAtTheDeadline) {
  Have("echo ready; read -r line; exec sleep 1000\n");
  peer_.timeout_ns = kSecondNs / 5;
  drained drained = {};

  EXPECT_EQ(Drain(&drained), -ETIMEDOUT);
}

TEST_F(Peer, ThatNeverGetsReadyIsGivenUpToo) {
  Have("exec sleep 1000\n");
  peer_.timeout_ns = kSecondNs / 5;
  drained drained = {};

  EXPECT_EQ(Drain(&drained), -ETIMEDOUT);
}

TEST_F(Peer, ThatSaysOtherThingsIsRefused) {
  for (const char *script :
       {"echo hello; exec sleep 1000", "exit 0", "exit 77",
        "echo ready; read -r line; echo done and dusted; exec sleep 1000",
        "echo ready; read -r line; exit 0",
        "echo ready; read -r line; yes | tr -d '\\n'"}) {
    Have(std::string(script) + "\n");
    drained drained = {};

    EXPECT_EQ(Drain(&drained), -EBADMSG) << script;
  }
}

// ---- the child ----

TEST_F(Peer, IsHeldUntilItMayGo) {
  Look(kGood);
  peer_child child;
  ASSERT_EQ(peer_start(&peer_, "drain", "/", 0, &child), 0);

  ASSERT_EQ(peer_child_hold(&child), 0);

  std::ifstream stat("/proc/" + std::to_string(child.pid) + "/stat");
  std::string id, name, state;
  stat >> id >> name >> state;
  EXPECT_EQ(state, "T");
  ASSERT_EQ(peer_child_go(&child), 0);
  peer_done done = {};
  EXPECT_EQ(peer_finish(&child, nullptr, nullptr, &done), 0);
}

TEST_F(Peer, TakesTheCommandItStartedWithIt) {
  Have("sleep 1000 & echo $! >\"$(dirname \"$0\")/pid\"; echo ready; wait\n");
  peer_child child;
  ASSERT_EQ(peer_start(&peer_, "drain", "/", 0, &child), 0);
  pid_t command = 0;
  std::ifstream(dir_.Path("pid")) >> command;
  ASSERT_TRUE(Runs(command));

  peer_child_end(&child);

  EXPECT_TRUE(WaitUntil([&] { return !Runs(command); }, kSoon));
}

TEST_F(Peer, IsPokedUntilItIsDone) {
  Have("echo ready; read -r line; read -r poke; echo done 1 2 3 4\n");
  peer_.timeout_ns = 10 * kSecondNs;
  peer_child child;
  ASSERT_EQ(peer_start(&peer_, "live", "/", 0, &child), 0);
  ASSERT_EQ(peer_child_go(&child), 0);
  peer_done done = {};

  const int err = peer_finish(
      &child,
      [](void *context) {
        const int fd = static_cast<peer_child *>(context)->to_fd;
        return write(fd, "x\n", 2) == 2 ? 0 : -EIO;
      },
      &child, &done);

  EXPECT_EQ(err, 0);
  EXPECT_EQ(done.events, 1U);
}

// ---- listening ----

class PeerListener : public Peer {
 protected:
  ~PeerListener() override { load_remove(&load_); }

  // Have it listen to a load.
  void Begin(const std::string &script) {
    Have(script);
    kind_ = peer_listener(&peer_);
    load_.root_fd = -1;
    const load_shape shape = {1, 2, 12};
    ASSERT_EQ(load_make(&load_, dir_.MkDir("work").c_str(), &shape), 0);
    listening listening = {};
    listening.load = &load_;
    listening.handler = &noop_;
    ASSERT_EQ(kind_.begin(&kind_, &listening, &listener_), 0);
  }

  const struct handler_kind noop_ = {"noop", false, 0};
  load load_ = {};
  listener_kind kind_ = {};
  listener *listener_ = nullptr;
};

TEST_F(PeerListener, CountsWithoutTheLastEvent) {
  Begin(kGood);
  listened listened = {};

  ASSERT_TRUE(kind_.wait_last(listener_, 10000));

  ASSERT_EQ(kind_.end(listener_, &listened), 0);
  EXPECT_EQ(listened.delivered, 2U);
  EXPECT_EQ(listened.reader_cpu_ns, 900U);
  EXPECT_NE(listened.last_ns, 0U);
  EXPECT_TRUE(is_peer_listener(&kind_));
  EXPECT_STREQ(peer_version(&kind_), "1.2");
}

TEST_F(PeerListener, IsGivenUpWhenItNeverEnds) {
  Begin("echo ready; read -r line; exec sleep 1000\n");
  listened listened = {};

  EXPECT_FALSE(kind_.wait_last(listener_, 10));

  EXPECT_EQ(kind_.end(listener_, &listened), 0);
  EXPECT_EQ(listened.last_ns, 0U);
}

TEST_F(PeerListener, FailsWhenItSaysOtherThings) {
  Begin("echo ready; read -r line; echo hello; exec sleep 1000\n");
  listened listened = {};

  EXPECT_TRUE(kind_.wait_last(listener_, 10000));

  EXPECT_EQ(kind_.end(listener_, &listened), -EBADMSG);
}

}  // namespace
}  // namespace rn
