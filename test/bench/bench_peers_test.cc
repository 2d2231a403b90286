// The harness with peers: one that this test wrote, the others missing.

#include <jansson.h>
#include <sys/stat.h>

#include <string>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

// Says that it handled 2000 events and the last one, without a look at them.
constexpr char kPeer[] =
    "#!/bin/sh\n"
    "[ \"$1\" = --version ] && { echo 'libuv 9.8.7'; exit; }\n"
    "echo ready; read -r line; echo done 2001 2000000 1000000 0\n";

std::string Text(const json_t *object, const char *key) {
  const char *value = json_string_value(json_object_get(object, key));
  return value == nullptr ? "" : value;
}

// One run for all tests.
class BenchPeers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const TempDir dir;
    dir.MkDir("peers");
    const std::string program = dir.Write("peers/libuv", kPeer);
    ASSERT_EQ(chmod(program.c_str(), 0700), 0);
    Command command({"bench", "--any-build", "--quick", "--events", "2000",
                     "--repeat", "2", "--peers", dir.Path("peers"), "--dir",
                     dir.MkDir("work"), "--json", dir.Path("out.json"),
                     "drain"});
    output_ = command.Rest();
    ASSERT_EQ(command.Exit(), 0) << output_ << command.Errors();
    report_ = json_load_file(dir.Path("out.json").c_str(), 0, nullptr);
  }
  static void TearDownTestSuite() { json_decref(report_); }

  // The first case of a subject with a handler; nullptr: there is none.
  const json_t *Case(const std::string &subject, const char *handler) const {
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(report_, "cases"), index, one) {
      if (Text(one, "subject") == subject && Text(one, "handler") == handler)
        return one;
    }
    return nullptr;
  }

  static std::string output_;
  static json_t *report_;
};

std::string BenchPeers::output_;
json_t *BenchPeers::report_;

double Median(const json_t *object, const char *key) {
  return json_number_value(
      json_object_get(json_object_get(object, key), "median"));
}

TEST_F(BenchPeers, AreMeasuredWhereTheyAreThere) {
  const json_t *libuv = Case("libuv", "noop");

  ASSERT_NE(libuv, nullptr) << output_;
  EXPECT_EQ(Text(libuv, "version"), "9.8.7");
  EXPECT_EQ(json_integer_value(json_object_get(libuv, "delivered")), 2001);
  EXPECT_NEAR(Median(libuv, "ns_per_event"), 2000000.0 / 2001, 1);
  EXPECT_NEAR(Median(libuv, "cpu_ns_per_event"), 1000000.0 / 2001, 1);
  EXPECT_GT(Median(libuv, "ratio_to_raw"), 0);
}

TEST_F(BenchPeers, StandBesideTheLibraryInARatio) {
  const json_t *own = Case("ringnotify", "noop");

  ASSERT_NE(own, nullptr) << output_;
  const double ratio = Median(own, "ratio_to_libuv");
  const double own_ns = Median(own, "ns_per_event");
  EXPECT_GT(ratio, 0);
  EXPECT_NEAR(ratio, own_ns / (2000000.0 / 2001), ratio);
}

TEST_F(BenchPeers, AreSkippedWithTheirPackageWhereTheyAreNot) {
  std::string skipped;
  size_t index;
  json_t *one;
  json_array_foreach(json_object_get(report_, "skipped"), index, one) {
    skipped += Text(one, "subject") + ": " + Text(one, "reason") + "\n";
  }

  for (const char *package :
       {"libinotifytools0-dev", "golang-github-fsnotify-fsnotify-dev",
        "inotify-tools", "package fswatch", "python3-watchdog",
        "python3-pyinotify"})
    EXPECT_NE(skipped.find(package), std::string::npos) << package << skipped;
  EXPECT_EQ(skipped.find("libuv:"), std::string::npos) << skipped;
}

}  // namespace
}  // namespace rn
