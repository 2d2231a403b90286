// The command's lines as a judge needs them.

#include "test/stress/told.h"

#include <sys/inotify.h>
#include <time.h>

#include <fstream>

#include "ringnotify/ringnotify.h"
#include "test/cmd/json_record.h"

namespace rn {
namespace {

// "2026-01-02T03:04:05.123456789Z"
int64_t Nanoseconds(const std::string &text) {
  tm utc = {};
  const char *rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr || *rest != '.') return 0;
  return timegm(&utc) * INT64_C(1000000000) + std::stoll(rest + 1);
}

ToldLine Parse(const std::string &line) {
  const JsonRecord record(line);
  ToldLine told;
  told.type = record.String("type");
  told.text = record.Summary();
  if (record.Has("synthetic")) told.text += " (synthetic)";
  if (record.Has("cookie"))
    told.text += " #" + std::to_string(record.Integer("cookie"));
  if (record.Has("wd"))
    told.text += " wd" + std::to_string(record.Integer("wd"));
  if (record.Has("error")) told.text += " " + record.String("message");
  const std::string names = record.Names("mask");
  if (!names.empty()) {
    const char *bad;
    if (rn_mask_parse(names.c_str(), &told.mask, &bad) != 0)
      told.type = "unreadable mask";
  }
  told.cookie = static_cast<uint32_t>(record.Integer("cookie"));
  told.time_ns = Nanoseconds(record.String("time"));
  told.path = record.Bytes("path");
  told.source = record.Bytes("src_path");
  told.has_source = record.Has("src_path");
  return told;
}

// Kinds that say nothing of the tree are all "note".
const char *TypeOf(enum rn_event_kind kind) {
  switch (kind) {
    case RN_EVENT_CHANGE:
      return "event";
    case RN_EVENT_OVERFLOW:
      return "overflow";
    case RN_EVENT_ERROR:
      return "error";
    default:
      return "note";
  }
}

}  // namespace

ToldLine::ToldLine(const LoggedEvent &event)
    : text(event.Text("")),
      mask(event.mask),
      cookie(event.cookie),
      time_ns(event.time_ns),
      path(event.path),
      source(event.src),
      has_source(event.has_src) {
  type = TypeOf(event.kind);
  if (event.synthetic) text += " (synthetic)";
  if (cookie != 0) text += " #" + std::to_string(cookie);
}

std::vector<ToldLine> ReadToldLines(const std::string &path) {
  std::vector<ToldLine> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    lines.push_back(Parse(line));
  return lines;
}

std::string SourceCheck::Take(const ToldLine &line) {
  if ((line.mask & IN_MOVE) == IN_MOVE) return "";  // both halves in one
  if ((line.mask & IN_MOVED_FROM) != 0) sources_[line.cookie] = line.path;
  if ((line.mask & IN_MOVED_TO) == 0) return "";
  const auto source = sources_.find(line.cookie);
  if (source == sources_.end())
    return line.has_source ? "a source that was not told: " + line.path : "";
  if (!line.has_source) return "no source: " + line.path;
  if (line.source != source->second) return "another source: " + line.path;
  sources_.erase(source);
  return "";
}

}  // namespace rn
