#include "test/sim/script.h"

#include <sstream>

namespace rn::sim {
namespace {

using Words = std::vector<std::string>;

std::string ListText(const KernelTraits &traits) {
  switch (traits.list_order) {
    case ListOrder::kOldest:
      return "list oldest";
    case ListOrder::kNewest:
      return "list newest";
    case ListOrder::kHash:
      break;
  }
  return "list hash " + std::to_string(traits.list_salt);
}

bool ParseNumber(const std::string &text, uint64_t *number) {
  if (text.empty()) return false;
  *number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    *number = *number * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

uint32_t ParseMask(const std::string &text) {
  uint32_t mask = 0;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, '|');)
    for (uint32_t bit = 1; bit != 0; bit <<= 1)
      if (MaskText(bit) == name) mask |= bit;
  return mask;
}

bool ParseList(const Words &words, KernelTraits *traits) {
  if (words[1] == "oldest") traits->list_order = ListOrder::kOldest;
  if (words[1] == "newest") traits->list_order = ListOrder::kNewest;
  if (words[1] != "hash") return words.size() == 2;
  traits->list_order = ListOrder::kHash;
  return words.size() == 3 && ParseNumber(words[2], &traits->list_salt);
}

bool ParseStep(const Words &words, History *history) {
  uint64_t wait = kRest;
  if (words[0] != "rest" && !ParseNumber(words[0], &wait)) return false;
  Step step = {static_cast<uint32_t>(wait), {}};
  if (!ParseOp(Words(words.begin() + 1, words.end()), &step.op)) return false;
  history->steps.push_back(step);
  return true;
}

bool ParseBefore(const Words &words, Setup *setup) {
  Op op;
  if (!ParseOp(Words(words.begin() + 1, words.end()), &op)) return false;
  setup->before.push_back(op);
  return true;
}

bool ParseLine(const Words &words, History *history) {
  Setup *setup = &history->setup;
  KernelTraits *traits = &setup->traits;
  const std::string &first = words[0];
  if (first == "busy") return setup->busy_add = true;
  if (first == "recover") return setup->recover = true;
  if (words.size() < 2) return false;
  uint64_t number = 0;
  if (first == "list") return ParseList(words, traits);
  if (first == "types") return !(traits->list_types = words[1] != "no");
  if (first == "mask") return (setup->mask = ParseMask(words[1])) != 0;
  if (first == "before") return ParseBefore(words, setup);
  if (first == "watch") {
    setup->roots.push_back({words[1]});
    return words.size() == 2 || ParseKind(words[2], &setup->roots.back().kind);
  }
  if (first == "piece" || first == "queue" || first == "read" ||
      first == "pace") {
    if (!ParseNumber(words[1], &number) || number == 0) return false;
    if (first == "piece") traits->list_piece = static_cast<uint32_t>(number);
    if (first == "queue") traits->queue_max = number;
    if (first == "read") setup->read_size = number;
    if (first == "pace") setup->pace = static_cast<int>(number);
    return true;
  }
  return ParseStep(words, history);
}

}  // namespace

std::string StepText(const Step &step) {
  const std::string wait =
      step.wait == kRest ? "rest" : std::to_string(step.wait);
  return wait + " " + OpText(step.op);
}

std::string ScriptText(const History &history) {
  const Setup &setup = history.setup;
  const KernelTraits usual;
  std::ostringstream text;
  text << ListText(setup.traits) << "\n";
  if (setup.traits.list_piece != usual.list_piece)
    text << "piece " << setup.traits.list_piece << "\n";
  if (!setup.traits.list_types) text << "types no\n";
  if (setup.traits.queue_max != usual.queue_max)
    text << "queue " << setup.traits.queue_max << "\n";
  text << "read " << setup.read_size << "\n";
  if (setup.pace > 0) text << "pace " << setup.pace << "\n";
  text << "mask " << MaskText(setup.mask) << "\n";
  for (const Op &op : setup.before) text << "before " << OpText(op) << "\n";
  for (const FirstRoot &root : setup.roots) {
    text << "watch " << root.path;
    if (root.kind != kRecursive) text << " " << KindText(root.kind);
    text << "\n";
  }
  if (setup.recover) text << "recover\n";
  if (setup.busy_add) text << "busy\n";
  for (const Step &step : history.steps) text << StepText(step) << "\n";
  return text.str();
}

std::string ParseScript(const std::string &text, History *history) {
  *history = {};
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    number++;
    std::istringstream in(line.substr(0, line.find('#')));
    Words words;
    for (std::string word; in >> word;) words.push_back(word);
    if (!words.empty() && !ParseLine(words, history))
      return "line " + std::to_string(number) + ": " + line;
  }
  return "";
}

}  // namespace rn::sim
