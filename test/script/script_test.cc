// Behaviour on the real kernel, by cases: each file in cases/ is one test.
//
// A case has commands and the output that is expected of them:
//
//     # What it shows.
//     mkdir T/a
//     watch -r -e CREATE,DELETE T
//     touch T/a/f
//     rm T/a/f
//     Output:
//         CREATE  T/a/f
//         DELETE  T/a/f
//
// Blank lines, and lines that begin with '#', say nothing.  Words are separated
// by blanks; '\ ', '\\' and '\xHH' in a word stand for a byte.  A case runs in
// a directory of its own, in which there is an empty directory T.
//
// Commands, with the system calls that matter for events:
//
//     mkdir [-p] DIR...     mkdir; -p: the missing ones above it too
//     touch FILE...         open(O_CREAT), futimens, close
//     write FILE TEXT       open(O_CREAT | O_TRUNC), write, close
//     append FILE TEXT      open(O_APPEND), write, close
//     truncate FILE         truncate, to nothing
//     read FILE             open, one read, close
//     ls DIR                open, one getdents64, close
//     open [-w] FILE        open for reading; -w: for writing, creating it
//     close FILE            close what `open` opened
//     chmod MODE PATH       chmod
//     mkfifo PATH...        mkfifo
//     mknod PATH...         mknod of a device, which takes a right: where it is
//                           missing the case is skipped
//     mksock PATH...        mknod of a socket
//     ln [-s] TARGET NEW    link; -s: symlink
//     mv OLD NEW            rename
//     exchange PATH PATH    renameat2(RENAME_EXCHANGE)
//     rm [-r] PATH...       unlink; -r: with everything below
//     rmdir DIR...          rmdir
//     chdir DIR             chdir
//
//     watch [-r] [-m] [-e EVENTS] [-i GLOB] [-x GLOB] [-n NAME] PATH
//                           watch PATH; -r: recursively; -m: renames in one
//                           event; -e: only EVENTS, which may include modifiers
//                           as ONESHOT, default all; -i, -x: include, exclude;
//                           -n: NAME stands before each of its lines
//     update -e EVENTS NAME change a watch; NAME: as given by -n, or its PATH
//     unwatch NAME          remove it
//     watches               write the number of the kernel's watches as a line
//     sync-point            wait until everything before has been delivered,
//                           and write the line '---'
//
// Output, one line an event: what happened, the path, in a rename '<-' and the
// path it came from, and '(self)' where the event is about the watched object
// itself and has no name.  Blanks between words do not count.  Bytes that are
// not visible ASCII are written as '\xHH', and '\' as '\x5c'.  Besides:
//
//     failed ERROR PATH     a path could not be watched
//     failed ended NAME     a watch that was removed had ended before
//     ERROR ERROR PATH      an error event
//     watches NUMBER        from the command
//     ---                   from the command sync-point
//
// What depends on timing is made equal: it does not count whether an event is
// synthetic, and ACCESS, MODIFY or ATTRIB that repeats the line before it is
// left out, for the kernel merges them while they wait.  A synthetic CREATE
// that a synthetic DELETE takes back is left out with it: the library saw an
// entry of a directory that was on its way to another name.  Synthetic events
// tell of names only, so a case in which directories appear asks for events of
// names, or has a sync-point behind them.
//
// 'Output (any order):' where the order of different directories is open: then
// only the lines between two sync-points are held against each other, sorted.
//
// Of every case: events are accounted for, none is lost.

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"
#include "test/script/actions.h"
#include "test/script/case_file.h"
#include "test/script/session.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

using Lines = std::vector<std::string>;

constexpr char kCases[] = "test/script/cases";

// A new directory with a directory T in it, to run in.
class Place {
 public:
  Place() : before_(std::filesystem::current_path()) {
    dir_.MkDir("T");
    std::filesystem::current_path(dir_.path());
  }
  ~Place() { std::filesystem::current_path(before_); }

 private:
  const std::filesystem::path before_;
  const TempDir dir_;
};

CaseFile ReadCase(const std::string &name) {
  const std::string path = std::string(kCases) + "/" + name;
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return ParseCase(path, text.str());
}

Lines RunCase(const CaseFile &script) {
  const Place place;
  Session session;
  Actions actions;
  for (const ScriptCommand &command : script.commands) {
    try {
      if (!actions.Run(command)) session.Run(command);
    } catch (const std::exception &error) {
      throw CaseError(script.name, command.line,
                      command.name + ": " + error.what());
    }
  }
  return session.Stop();
}

// Sort the lines between two sync-points.
void SortSections(Lines *lines) {
  for (auto from = lines->begin(); from != lines->end();) {
    const auto to = std::find(from, lines->end(), kSyncPointLine);
    std::sort(from, to);
    from = to == lines->end() ? to : to + 1;
  }
}

std::string Join(const Lines &lines) {
  std::string text;
  for (const std::string &line : lines) text += line + "\n";
  return text;
}

class Script : public testing::TestWithParam<std::string> {};

TEST_P(Script, GivesItsOutput) {
  try {
    CaseFile script = ReadCase(GetParam());
    Lines lines = RunCase(script);
    if (script.any_order) {
      SortSections(&script.output);
      SortSections(&lines);
    }
    EXPECT_EQ(Join(lines), Join(script.output)) << "in " << script.name;
  } catch (const NotPermitted &refusal) {
    GTEST_SKIP() << refusal.path << ": no right to make it";
  } catch (const CaseError &error) {
    FAIL() << error.what();
  }
}

Lines CaseNames() {
  Lines names;
  for (const auto &entry : std::filesystem::directory_iterator(kCases))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// "rename-a-file.txt" as "RenameAFile".
std::string TestName(const testing::TestParamInfo<std::string> &info) {
  std::string name;
  bool begins = true;
  for (const char c : std::filesystem::path(info.param).stem().string()) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += begins ? static_cast<char>(std::toupper(c)) : c;
    begins = !std::isalnum(static_cast<unsigned char>(c));
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Script, testing::ValuesIn(CaseNames()),
                         TestName);

}  // namespace
}  // namespace rn
