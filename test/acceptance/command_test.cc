// The command as pyinotify's users need it: names of any bytes, an output that
// programs can read, ends that leave nothing behind.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "test/cmd/command.h"
#include "test/cmd/daemon.h"
#include "test/cmd/json_record.h"
#include "test/support/temp_dir.h"

namespace rn {
namespace {

using Strings = std::vector<std::string>;

// ---- 40: names ----

const Strings &Names() {
  static const Strings names = {
      std::string(255, 'n'),
      std::string(255, '\xff'),
      "\xff",
      "a\xff\xfe\xc3",
      "caf\xc3\xa9",
      "\n",
      "line\nline\r\n",
      "\t",
      "-rf",
      "--json",
      " ",
      "\\",
      "\\n",
      "\\x41",
      "\x01\x1b[31mred\x1b[0m\x7f",
      "\"quoted\" 'twice'",
      "$(reboot);*?[a]",
  };
  return names;
}

int FromHex(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

// What the help page says of \n, \t, \r, \\ and \xHH, read backwards.
std::string Unescape(const std::string &text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      bytes +=
          static_cast<char>(FromHex(text[i + 1]) * 16 + FromHex(text[i + 2]));
      i += 2;
    } else {
      bytes += kind == 'n'   ? '\n'
               : kind == 't' ? '\t'
               : kind == 'r' ? '\r'
                             : kind;
    }
  }
  return bytes;
}

std::string WithoutMask(const std::string &record) {
  EXPECT_EQ(record.rfind("CREATE\t", 0), 0U) << record;
  return record.substr(record.find('\t') + 1);
}

// A command that tells of new names in `dir`.
std::unique_ptr<Command> Watch(const TempDir &dir, Strings options) {
  Strings arguments = {"watch", "-e", "create"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(dir.path());
  auto command = std::make_unique<Command>(arguments);
  EXPECT_TRUE(command->WaitForWatches(1)) << command->Errors();
  return command;
}

TEST(Command, Case40PlainTextEscapesEveryNameReversibly) {
  const TempDir dir;
  const auto command = Watch(dir, {});

  for (const std::string &name : Names()) {
    dir.Write(name, "");
    const std::string record = command->Record();

    EXPECT_EQ(Unescape(WithoutMask(record)), dir.Path(name));
    EXPECT_TRUE(std::none_of(record.begin(), record.end(), [](char byte) {
      return (static_cast<unsigned char>(byte) < 0x20 && byte != '\t') ||
             byte == 0x7f;
    })) << record;
    EXPECT_EQ(std::count(record.begin(), record.end(), '\t'), 1);
  }
}

TEST(Command, Case40NulSeparatedTextHasEveryNameAsItIs) {
  const TempDir dir;
  const auto command = Watch(dir, {"-0"});

  for (const std::string &name : Names()) {
    dir.Write(name, "");

    EXPECT_EQ(WithoutMask(command->Record('\0')), dir.Path(name));
  }
}

TEST(Command, Case40JsonHasEveryNameExactly) {
  const TempDir dir;
  const auto command = Watch(dir, {"--json"});
  command->Record();

  for (const std::string &name : Names()) {
    dir.Write(name, "");
    const JsonRecord record(command->Record());

    EXPECT_EQ(record.Bytes("path"), dir.Path(name));
    EXPECT_EQ(record.Has("path_b64"), name.find('\xff') != std::string::npos);
  }
}

TEST(Command, Case40JsonHasTheExactSourceOfARename) {
  const TempDir dir;
  dir.Write("\xff\n", "");
  Command command({"watch", "--json", "-e", "moved_to", dir.path()});
  command.Record();

  rename(dir.Path("\xff\n").c_str(), dir.Path("-\xfe").c_str());

  const JsonRecord record(command.Record());
  EXPECT_EQ(record.Bytes("path"), dir.Path("-\xfe"));
  EXPECT_EQ(record.Bytes("src_path"), dir.Path("\xff\n"));
}

// A PATH of any bytes, too; behind "--" also one that looks like an option.
TEST(Command, Case40WatchesPathsOfAnyName) {
  const TempDir dir;
  for (const std::string &name : Names()) {
    dir.MkDir(name);
    Start start;
    start.directory = dir.path();
    Command command({"watch", "-0", "-e", "create", "--", name}, start);
    ASSERT_TRUE(command.WaitForWatches(1)) << command.Errors();

    dir.Write(name + "/f", "");

    EXPECT_EQ(WithoutMask(command.Record('\0')), name + "/f");
  }
}

// ---- 48: the command ----

// All that it has written, once it has ended.
std::string AllOf(Command &command) {
  const std::string output = command.Rest();
  command.Exit();
  return output + command.Errors();
}

TEST(Command, Case48NeverWritesColours) {
  const TempDir dir;
  const std::string red = dir.MkDir("\x1b[31mred");
  const Strings cases[] = {
      {"--help"},
      {"watch", "--help"},
      {"watch", "--bogus\x1b[1m"},
      {"watch", "-e", "\x1b[1mcreate", "."},
      {"watch", red + "/missing"},
  };
  for (const Strings &arguments : cases) {
    Command command(arguments);
    const std::string all = AllOf(command);

    EXPECT_FALSE(all.empty());
    EXPECT_EQ(all.find('\x1b'), std::string::npos) << all;
  }

  for (const Strings &options : {Strings{}, Strings{"--json"}}) {
    const auto command = Watch(dir, options);
    dir.MkDir("\x1b[1mnew" + std::to_string(options.size()));
    std::string all = command->Record(); /* it takes signals now */
    command->Signal(SIGTERM);
    all += AllOf(*command);

    EXPECT_NE(all.find("[1mnew"), std::string::npos) << all;
    EXPECT_EQ(all.find('\x1b'), std::string::npos) << all;
  }
}

TEST(Command, Case48TheEndLineCountsAllEvents) {
  const TempDir dir;
  Command command({"watch", "-r", "--json", "-e", "all_events", dir.path()});
  command.Record();

  for (int i = 0; i < 50; i++) {
    const std::string sub = "d" + std::to_string(i);
    dir.MkDir(sub + "/deep");
    dir.Write(sub + "/deep/file", "text");
    rename(dir.Path(sub).c_str(), dir.Path("e" + sub).c_str());
    unlink(dir.Path("e" + sub + "/deep/file").c_str());
  }
  command.Signal(SIGTERM);

  json_int_t events = 0;
  for (;;) {
    const JsonRecord record(command.Record());
    if (HasFailure()) return;
    if (record.String("type") == "event") events++;
    if (record.String("type") != "end") continue;
    EXPECT_EQ(record.Integer("events"), events);
    EXPECT_EQ(record.Integer("dropped"), 0);
    break;
  }
  EXPECT_GE(events, 50 * 3); /* those in `dir` itself */
  EXPECT_EQ(command.Rest(), "");
  EXPECT_EQ(command.Exit(), 0);
}

TEST(Command, Case48AReaderWhoLeavesInABurstEndsItQuietly) {
  const TempDir dir;
  for (const char *form : {"-0", "--json"}) {
    const std::string pid = dir.Path("pid");
    const std::string tree = dir.MkDir("tree");
    Command command({"watch", form, "--pid-file", pid, tree});
    ASSERT_TRUE(command.WaitForWatches(1));

    for (int i = 0; i < 2000; i++) {
      if (i == 1000) command.CloseOutput();
      dir.Write("tree/file", "");
    }

    EXPECT_EQ(command.Exit(), 0);
    EXPECT_EQ(command.Errors(), "");
    EXPECT_NE(access(pid.c_str(), F_OK), 0);
  }
}

TEST(Command, Case48OneOfManyThatStartTogetherHasThePidFile) {
  const TempDir dir;
  InheritDaemons();
  Start start;
  start.directory = dir.path();
  const Strings arguments = {"watch",      "--daemon", "--output",  "log",
                             "--pid-file", "pid",      "--timeout", "300",
                             "-e",         "create",   "."};
  std::vector<std::unique_ptr<Command>> commands;
  for (int i = 0; i < 8; i++)
    commands.push_back(std::make_unique<Command>(arguments, start));

  int started = 0;
  for (const auto &command : commands) {
    const int code = command->Exit();
    EXPECT_TRUE(code == 0 || code == 1) << command->Errors();
    started += code == 0;
  }

  EXPECT_EQ(started, 1);
  Daemon daemon(PidIn(dir.Path("pid")));
  struct stat status;
  ASSERT_EQ(stat(dir.Path("pid").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  daemon.Signal(SIGINT);
  EXPECT_EQ(daemon.Exit(), 0);
  EXPECT_NE(access(dir.Path("pid").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace rn
