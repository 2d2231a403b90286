// The program of the documentation, as it stands there: run on a directory in
// which things happen, and its lines compared.

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

using Lines = std::vector<std::string>;

// The program with its input and its errors on pipes, its output in a file.
class Guide {
 public:
  // Start it and wait until it says that it watches, or ends.
  explicit Guide(const std::string &directory) {
    int input[2];
    int errors[2];
    EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(errors, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(),
                                     O_WRONLY | O_CREAT, 0600);
    std::string program = "test/program/guide";
    std::string argument = directory;
    char *const argv[] = {program.data(), argument.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &actions, nullptr, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(errors[1]);
    input_fd_ = input[1];
    FILE *file = fdopen(errors[0], "r");
    char line[4096];
    if (fgets(line, sizeof(line), file) != nullptr) said_ = line;
    fclose(file);
  }

  ~Guide() { (void)End(); }

  // Its first line on stderr.
  const std::string &said() const { return said_; }

  // Press Enter, and wait for its end.  Returns the exit code.
  int End() {
    if (pid_ < 0) return -1;
    close(input_fd_);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  Lines Output() const {
    Lines lines;
    std::ifstream file(output_);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

 private:
  TempDir own_;
  const std::string output_ = own_.Path("output");
  pid_t pid_ = -1;
  int input_fd_ = -1;
  std::string said_;
};

void Sh(const std::string &command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// What the guide prints of changes that `commands` make in a directory, which
// `sh` has as its working directory; a line that repeats the one before it is
// left out, for the kernel merges such events when they wait.
Lines Watched(const TempDir &dir, const std::string &commands) {
  Guide guide(dir.path());
  Sh("cd " + dir.path() + " && { " + commands + " ; } >/dev/null");
  EXPECT_EQ(guide.End(), 0);
  Lines lines = guide.Output();
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

TEST(Guide, SaysWhatItWatches) {
  const TempDir dir;

  Guide guide(dir.path());

  EXPECT_EQ(guide.said(),
            "guide: watching " + dir.path() + ", Enter ends it\n");
  EXPECT_EQ(guide.End(), 0);
}

TEST(Guide, LsOfTheWatchedDirectoryIsAboutTheDirectoryItself) {
  const TempDir dir;
  dir.Write("a", "");

  const Lines lines = Watched(dir, "ls");

  EXPECT_EQ(lines, (Lines{
                       "on_open  " + dir.path() + "  IN_OPEN|IN_ISDIR",
                       "on_access  " + dir.path() + "  IN_ACCESS|IN_ISDIR",
                       "on_close_nowrite  " + dir.path() +
                           "  IN_CLOSE_NOWRITE|IN_ISDIR",
                   }));
}

TEST(Guide, CreatingAndWritingAFile) {
  const TempDir dir;

  const Lines lines = Watched(dir, "echo text > f");

  EXPECT_EQ(lines, (Lines{
                       "on_create  " + dir.Path("f") + "  IN_CREATE",
                       "on_open  " + dir.Path("f") + "  IN_OPEN",
                       "on_modify  " + dir.Path("f") + "  IN_MODIFY",
                       "on_close_write  " + dir.Path("f") + "  IN_CLOSE_WRITE",
                   }));
}

TEST(Guide, ReadingChangingRenamingAndDeletingAFile) {
  const TempDir dir;
  dir.Write("f", "text");

  const Lines lines = Watched(dir, "cat f; chmod 600 f; mv f g; rm g");

  EXPECT_EQ(lines,
            (Lines{
                "on_open  " + dir.Path("f") + "  IN_OPEN",
                "on_access  " + dir.Path("f") + "  IN_ACCESS",
                "on_close_nowrite  " + dir.Path("f") + "  IN_CLOSE_NOWRITE",
                "on_attrib  " + dir.Path("f") + "  IN_ATTRIB",
                "on_moved_from  " + dir.Path("f") + "  IN_MOVED_FROM",
                "on_moved_to  " + dir.Path("g") + "  IN_MOVED_TO",
                "on_delete  " + dir.Path("g") + "  IN_DELETE",
            }));
}

TEST(Guide, DirectoriesBelowAreWatchedAndTellOfThemselves) {
  const TempDir dir;
  dir.MkDir("a");

  const Lines lines = Watched(dir, "mv a b; rmdir b");

  EXPECT_EQ(lines,
            (Lines{
                "on_moved_from  " + dir.Path("a") + "  IN_MOVED_FROM|IN_ISDIR",
                "on_moved_to  " + dir.Path("b") + "  IN_MOVED_TO|IN_ISDIR",
                "on_move_self  " + dir.Path("b") + "  IN_MOVE_SELF",
                "on_delete_self  " + dir.Path("b") + "  IN_DELETE_SELF",
                "on_delete  " + dir.Path("b") + "  IN_DELETE|IN_ISDIR",
            }));
}

TEST(Guide, TheEndOfTheWatchedDirectory) {
  const TempDir dir;
  const std::string root = dir.MkDir("root");
  Guide guide(root);

  Sh("rmdir " + root);

  EXPECT_EQ(guide.End(), 0);
  EXPECT_EQ(guide.Output(), (Lines{
                                "on_delete_self  " + root + "  IN_DELETE_SELF",
                                "on_ignored  " + root + "  IN_IGNORED",
                            }));
}

TEST(Guide, APathThatIsNotThere) {
  const TempDir dir;

  Guide guide(dir.Path("none"));

  EXPECT_EQ(guide.said(),
            "guide: " + dir.Path("none") + ": No such file or directory\n");
  EXPECT_EQ(guide.End(), 1);
}

TEST(Guide, FitsOnAPage) {
  std::ifstream file("test/program/guide.c");
  size_t count = 0;
  for (std::string line; std::getline(file, line);) count++;

  EXPECT_GT(count, 0U);
  EXPECT_LT(count, 60U);
}

}  // namespace
}  // namespace rn
