// The parser of case files.  Whatever can be known to be wrong before a case
// runs is found here: commands, options, numbers of operands, names of events.

#include "test/script/case_file.h"

#include <cctype>
#include <optional>
#include <sstream>

#include "ringnotify/mask.h"

namespace rn {
namespace {

constexpr size_t kAny = ~size_t{0};

// How a command is called.
struct Usage {
  const char *name;
  const char *options;  // letters; those with a ':' behind them take a value
  size_t least;         // operands
  size_t most;
  const char *text;
};

constexpr Usage kUsages[] = {
    {"append", "", 2, 2, "append FILE TEXT"},
    {"chdir", "", 1, 1, "chdir DIR"},
    {"chmod", "", 2, 2, "chmod MODE PATH"},
    {"close", "", 1, 1, "close FILE"},
    {"exchange", "", 2, 2, "exchange PATH PATH"},
    {"ln", "s", 2, 2, "ln [-s] TARGET NEW"},
    {"ls", "", 1, 1, "ls DIR"},
    {"mkdir", "p", 1, kAny, "mkdir [-p] DIR..."},
    {"mkfifo", "", 1, kAny, "mkfifo PATH..."},
    {"mknod", "", 1, kAny, "mknod PATH..."},
    {"mksock", "", 1, kAny, "mksock PATH..."},
    {"mv", "", 2, 2, "mv OLD NEW"},
    {"open", "w", 1, 1, "open [-w] FILE"},
    {"read", "", 1, 1, "read FILE"},
    {"rm", "r", 1, kAny, "rm [-r] PATH..."},
    {"rmdir", "", 1, kAny, "rmdir DIR..."},
    {"sync-point", "", 0, 0, "sync-point"},
    {"touch", "", 1, kAny, "touch FILE..."},
    {"truncate", "", 1, 1, "truncate FILE"},
    {"unwatch", "", 1, 1, "unwatch NAME"},
    {"update", "e:", 1, 1, "update -e EVENTS NAME"},
    {"watch", "rme:i:n:x:", 1, 1,
     "watch [-r] [-m] [-e EVENTS] [-i GLOB] [-x GLOB] [-n NAME] PATH"},
    {"watches", "", 0, 0, "watches"},
    {"write", "", 2, 2, "write FILE TEXT"},
};

const Usage *FindUsage(const std::string &name) {
  for (const Usage &usage : kUsages)
    if (name == usage.name) return &usage;
  return nullptr;
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// The line without blanks at its ends and with one between words.
std::string Squeeze(const std::string &line) {
  std::istringstream in(line);
  std::string squeezed;
  for (std::string word; in >> word;)
    squeezed += (squeezed.empty() ? "" : " ") + word;
  return squeezed;
}

class Parser {
 public:
  Parser(const std::string &name, const std::string &text)
      : in_(text), case_{name, {}, {}, false} {}

  CaseFile Parse() {
    for (std::string line; std::getline(in_, line);) {
      line_++;
      const std::string squeezed = Squeeze(line);
      if (squeezed.empty() || squeezed[0] == '#') continue;
      if (in_output_)
        AddOutput(squeezed);
      else if (squeezed.rfind("Output", 0) == 0)
        BeginOutput(squeezed);
      else
        AddCommand(line);
    }
    line_++;
    if (!in_output_) Fail("there is no 'Output:'");
    if (case_.commands.empty()) Fail("there are no commands");
    CheckSyncPoints();
    return case_;
  }

 private:
  [[noreturn]] void Fail(const std::string &message) const {
    throw CaseError(case_.name, line_, message);
  }

  // -- Commands --------------------------------------------------------------

  void AddCommand(const std::string &line) {
    const std::vector<std::string> words = Words(line);
    const Usage *usage = FindUsage(words[0]);
    if (usage == nullptr) Fail("unknown command '" + words[0] + "'");
    ScriptCommand command{line_, words[0], {}, {}};
    size_t at = 1;
    while (at < words.size() && words[at].size() > 1 && words[at][0] == '-')
      at = AddOption(*usage, words, at, &command);
    command.operands.assign(words.begin() + static_cast<long>(at), words.end());
    const size_t count = command.operands.size();
    if (count < usage->least || count > usage->most)
      Fail(std::string("usage: ") + usage->text);
    CheckValues(*usage, command);
    case_.commands.push_back(command);
  }

  // Take the option at `at`.  Returns where the next word is.
  size_t AddOption(const Usage &usage, const std::vector<std::string> &words,
                   size_t at, ScriptCommand *command) const {
    const std::string &word = words[at];
    const std::string known = usage.options;
    const size_t place = known.find(word[1]);
    if (word.size() != 2 || place == std::string::npos || word[1] == ':')
      Fail("unknown option '" + word + "'; usage: " + usage.text);
    if (command->Has(word[1])) Fail("option '" + word + "' is given twice");
    std::string value;
    if (known.substr(place + 1, 1) == ":") {
      if (++at == words.size()) Fail("option '" + word + "' wants a value");
      value = words[at];
    }
    command->options[word[1]] = value;
    return at + 1;
  }

  void CheckValues(const Usage &usage, const ScriptCommand &command) const {
    if (command.Has('e')) CheckEvents(command.options.at('e'));
    if (command.name == "update" && !command.Has('e'))
      Fail(std::string("usage: ") + usage.text);
    if (command.name != "chmod") return;
    const std::string &mode = command.operands[0];
    if (mode.size() > 4 ||
        mode.find_first_not_of("01234567") != std::string::npos)
      Fail("'" + mode + "' is no octal mode");
  }

  void CheckEvents(const std::string &events) const {
    uint32_t mask;
    const char *bad = nullptr;
    if (rn_mask_parse(events.c_str(), &mask, &bad) == 0) return;
    const std::string rest = bad;
    Fail("unknown event '" + rest.substr(0, rest.find_first_of(",|")) + "'");
  }

  // The words of a line: separated by blanks, with escapes in them.
  std::vector<std::string> Words(const std::string &line) const {
    std::vector<std::string> words;
    size_t at = 0;
    while (at < line.size()) {
      if (IsBlank(line[at])) {
        at++;
        continue;
      }
      std::string word;
      while (at < line.size() && !IsBlank(line[at]))
        word += line[at] == '\\' ? Escape(line, &at) : line[at++];
      words.push_back(word);
    }
    return words;
  }

  // The byte that the escape at `at` stands for.
  char Escape(const std::string &line, size_t *at) const {
    const std::string rest = line.substr(*at + 1, 3);
    if (rest.size() == 3 && rest[0] == 'x' && isxdigit(rest[1]) &&
        isxdigit(rest[2])) {
      const int byte = std::stoi(rest.substr(1), nullptr, 16);
      if (byte == 0) Fail("'\\x00' cannot stand in a word");
      *at += 4;
      return static_cast<char>(byte);
    }
    if (rest.empty() || (rest[0] != '\\' && rest[0] != ' '))
      Fail("unknown escape '\\" + rest.substr(0, 1) +
           "'; known are '\\\\', '\\ ' and '\\xHH'");
    *at += 2;
    return rest[0];
  }

  // -- Output ----------------------------------------------------------------

  void BeginOutput(const std::string &line) {
    case_.any_order = line == "Output (any order):";
    if (!case_.any_order && line != "Output:")
      Fail("'Output:' or 'Output (any order):' is wanted here");
    in_output_ = true;
  }

  void AddOutput(const std::string &line) {
    if (line.back() == ':' && line.rfind("Output", 0) == 0)
      Fail("a second 'Output:'");
    if (line == kSyncPointLine)
      output_sync_points_++;
    else
      CheckOutput(line);
    if (!case_.output.empty() && line == case_.output.back() && MayMerge(line))
      Fail("the kernel may merge this line with the one above");
    case_.output.push_back(line);
  }

  // [LABEL:] EVENTS PATH..., watches NUMBER, or failed ERROR PATH.
  void CheckOutput(const std::string &line) const {
    std::istringstream in(line);
    std::string word;
    in >> word;
    if (word.back() == ':' && !(in >> word)) Fail("a label and no more");
    if (word == "watches" || word == "failed" || word == "ERROR") return;
    uint32_t mask;
    if (rn_mask_parse(word.c_str(), &mask, nullptr) != 0)
      Fail("'" + word + "' are no events");
  }

  void CheckSyncPoints() const {
    int count = 0;
    for (const ScriptCommand &command : case_.commands)
      count += command.name == "sync-point";
    if (count == output_sync_points_) return;
    Fail("there are " + std::to_string(count) + " sync-points, but " +
         std::to_string(output_sync_points_) + " lines '---' in the output");
  }

  std::istringstream in_;
  CaseFile case_;
  int line_ = 0;
  bool in_output_ = false;
  int output_sync_points_ = 0;
};

}  // namespace

CaseFile ParseCase(const std::string &name, const std::string &text) {
  return Parser(name, text).Parse();
}

bool MayMerge(const std::string &line) {
  for (const char *event : {"ACCESS", "MODIFY", "ATTRIB"})
    if (line.rfind(event, 0) == 0 ||
        line.find(std::string(": ") + event) != std::string::npos)
      return true;
  return false;
}

}  // namespace rn
