// What is said about an error: the thing, the number, the remedy.

#include "cmd/ringnotify/explain.h"

#include <errno.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "ringnotify/limit.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

std::string Take(text *text) {
  EXPECT_FALSE(text->failed);
  const std::string taken(text->data, text->size);
  text_fini(text);
  return taken;
}

std::string Path(const std::string &path, int error, uint64_t watches = 0) {
  text text = {};
  explain_path(&text, path.c_str(), error, watches);
  return Take(&text);
}

std::string LimitValue(rn_limit_kind kind) {
  rn_limit limit;
  EXPECT_EQ(rn_limit_get(kind, &limit), 0);
  return std::string(limit.name) + " is " + std::to_string(limit.value);
}

TEST(Explain, NamesTheNearestDirectoryThatExists) {
  const TempDir dir;
  const std::string there = dir.MkDir("a/b");

  EXPECT_EQ(Path(there + "/c/d", -ENOENT),
            "cannot watch '" + there +
                "/c/d': No such file or directory; the nearest directory that "
                "exists is '" +
                there + "'");
  EXPECT_EQ(Path(there + "//c//", -ENOENT),
            "cannot watch '" + there +
                "//c//': No such file or directory; the nearest directory that "
                "exists is '" +
                there + "'");
  EXPECT_EQ(Path("/nothing-of-this-name", -ENOENT),
            "cannot watch '/nothing-of-this-name': No such file or directory; "
            "the nearest directory that exists is '/'");
  EXPECT_EQ(Path("nothing-of-this-name/b", -ENOENT),
            "cannot watch 'nothing-of-this-name/b': No such file or directory; "
            "the nearest directory that exists is '.'");
}

TEST(Explain, SaysThatAPathIsEmpty) {
  EXPECT_EQ(Path("", -ENOENT), "cannot watch '': the path is empty");
}

TEST(Explain, SaysThatALinkLeadsNowhere) {
  const TempDir dir;
  const std::string link = dir.Path("link");
  ASSERT_EQ(symlink("nowhere", link.c_str()), 0);

  EXPECT_EQ(Path(link, -ENOENT),
            "cannot watch '" + link +
                "': it is a symbolic link to what does not exist");
}

TEST(Explain, SaysThatNothingIsMissingAnyMore) {
  const TempDir dir;

  EXPECT_EQ(Path(dir.path(), -ENOENT),
            "cannot watch '" + dir.path() + "': No such file or directory");
}

TEST(Explain, NamesWhatIsNoDirectory) {
  const TempDir dir;
  const std::string file = dir.Write("file", "");

  EXPECT_EQ(
      Path(file + "/x/y", -ENOTDIR),
      "cannot watch '" + file + "/x/y': '" + file + "' is not a directory");
}

TEST(Explain, NamesTheUserWhoMayNotRead) {
  const TempDir dir;
  const std::string user = std::to_string(geteuid());

  EXPECT_EQ(Path(dir.path(), -EACCES),
            "cannot watch '" + dir.path() + "': Permission denied: user " +
                user + " may not read '" + dir.path() +
                "'; give the permission: chmod +r");
}

TEST(Explain, NamesTheOwnerWhoMayReadWhereThatIsSomebodyElse) {
  const TempDir dir;
  if (chown(dir.path().c_str(), 1234, static_cast<gid_t>(-1)) != 0)
    GTEST_SKIP() << "a file can be given away by root only";

  EXPECT_NE(Path(dir.path(), -EACCES)
                .find("'; run it as its owner, user 1234, or give the "
                      "permission: chmod +r"),
            std::string::npos);
}

TEST(Explain, CountsTheBytesOfALongPath) {
  EXPECT_EQ(Path(std::string(5000, 'x'), -ENAMETOOLONG)
                .substr(5000 + std::string("cannot watch ''").size()),
            ": it has 5000 bytes; a path may have 4095, each name in it 255");
}

TEST(Explain, NamesTheWatchLimitAndHowToRaiseIt) {
  const std::string said = Path("dir", -ENOSPC, 41);

  EXPECT_EQ(said.find("cannot watch 'dir': the limit of inotify watches is "
                      "reached: " +
                      LimitValue(RN_LIMIT_WATCHES) +
                      ", 41 of them are used here; raise it: "),
            0U)
      << said;
  EXPECT_NE(said.find("sysctl "), std::string::npos) << said;
}

TEST(Explain, BlamesDescriptorsWhereAnInstanceCanBeOpened) {
  text text = {};

  explain_start(&text, -EMFILE);

  rn_limit limit;
  ASSERT_EQ(rn_limit_get(RN_LIMIT_FILES, &limit), 0);
  const std::string said = Take(&text);
  EXPECT_EQ(said.find("cannot start: all file descriptors of this process are "
                      "in use: the limit is " +
                      std::to_string(limit.value) + "; raise it: ulimit -n "),
            0U)
      << said;
}

TEST(Explain, NamesTheQueueLimitOfAnOverflow) {
  rn_limit limit;
  ASSERT_EQ(rn_limit_get(RN_LIMIT_QUEUE, &limit), 0);
  const std::string now = std::to_string(limit.value);
  text text = {};

  explain_overflow(&text, limit.value);
  std::string said = Take(&text);
  EXPECT_EQ(said.find("events were lost: the kernel's queue was full, with " +
                      now + " events; raise it: sudo sysctl " + limit.name),
            0U)
      << said;
  EXPECT_NE(said.find(", then start this again"), std::string::npos) << said;

  /* Raised meanwhile: the queue that was full keeps what it had. */
  explain_overflow(&text, limit.value - 1);
  said = Take(&text);
  EXPECT_EQ(said, "events were lost: the kernel's queue was full, with " +
                      std::to_string(limit.value - 1) + " events; " +
                      limit.name + " is " + now +
                      " by now: start this again to have that");

  explain_overflow(&text, 0);
  EXPECT_EQ(Take(&text), "events were lost: the kernel's queue was full");
}

TEST(Explain, NamesProcWhereItIsNotMounted) {
  const std::string remedy =
      "/proc is not mounted; mount it: mount -t proc proc /proc";
  text text = {};
  explain_start(&text, -ENOENT);

  EXPECT_EQ(Take(&text), "cannot start: " + remedy);
  EXPECT_EQ(Path("p", -ENOSYS), "cannot watch 'p': " + remedy);
}

TEST(Explain, SaysAnyOtherErrorAsItIs) {
  EXPECT_EQ(Path("p", -ELOOP),
            "cannot watch 'p': Too many levels of symbolic links");
  EXPECT_EQ(Path("p", -9999), "cannot watch 'p': error 9999");
}

TEST(Explain, SaysWhatIsNotSeenOnAFileSystem) {
  const struct {
    rn_reach reach;
    const char *text;
  } cases[] = {
      {RN_REACH_UNKNOWN, ""},
      {RN_REACH_ALL, ""},
      {RN_REACH_UPPER, ""},
      {RN_REACH_LOCAL,
       "'a/b' is on name: only changes made on this machine are seen, none "
       "that a server, another machine or the program behind it makes"},
      {RN_REACH_LITTLE,
       "'a/b' is on name: what the kernel shows there changes without events; "
       "only what programs create, remove or write is seen"},
  };

  for (const auto &one : cases) {
    rn_filesystem filesystem = {};
    filesystem.reach = one.reach;
    filesystem.name = "name";
    text text = {};

    const bool said = explain_reach(&text, "a/b", &filesystem);

    EXPECT_EQ(said, one.text[0] != '\0');
    EXPECT_EQ(std::string(said ? text.data : "", text.size), one.text);
    text_fini(&text);
  }
}

}  // namespace
}  // namespace rn
