// First what the lines say among themselves, in their order; then what they add
// up to; then the probes.

#include "test/stress/judge.h"

#include <sys/inotify.h>

namespace rn {

Judge::Judge(const std::string &base, Demand demand)
    : base_(base),
      root_(base + "/T"),
      demand_(demand),
      model_(root_, EntriesOnDisk(root_)) {}

void Judge::Suspect(const std::string &what) {
  if (suspicion_.empty()) suspicion_ = what;
}

void Judge::Expect(const std::vector<std::string> &probes) {
  for (const std::string &probe : probes) probes_[probe] = 0;
  verdict_.directories = probes.size();
}

void Judge::AddSteps(const std::string &who, const std::vector<Step> &steps) {
  history_.AddSteps(who, steps);
}

std::string Judge::Relative(const std::string &path) const {
  const std::string prefix = base_ + "/";
  return path.rfind(prefix, 0) == 0 ? path.substr(prefix.size()) : path;
}

void Judge::Fault(const std::string &text, const std::string &path,
                  int64_t time_ns) {
  if (!verdict_.fault.empty()) return;
  verdict_.fault = text;
  verdict_.history = history_.Around(path, time_ns);
}

// What was lost without repair takes the rest of the truth along.
bool Judge::WantsTruth() const {
  return demand_ != Demand::kLossTold || verdict_.overflows == 0;
}

void Judge::TakeLine(const ToldLine &line) {
  if (line.type == "event") {
    TakeEvent(line);
  } else if (line.type == "overflow") {
    verdict_.overflows++;
    if (demand_ == Demand::kTruth) Fault("an overflow", "T", line.time_ns);
  } else if (line.type == "error" && WantsTruth()) {
    Fault(line.text, Relative(line.path), line.time_ns);
  }
}

void Judge::TakeEvent(const ToldLine &line) {
  verdict_.events++;
  const auto probe = probes_.find(line.path);
  if (probe != probes_.end() && (line.mask & IN_CREATE) != 0) probe->second++;
  if (line.path == root_ || !WantsTruth()) return;
  model_.Apply(line.mask, line.cookie, line.path, line.source);
  const std::string path = Relative(line.path);
  if (!model_.faults().empty())
    Fault(model_.faults().front(), path, line.time_ns);
  if (!model_.type_faults().empty() && verdict_.overflows == 0)
    Fault(model_.type_faults().front(), path, line.time_ns);
  const std::string fault = sources_.Take(line);
  if (!fault.empty()) Fault(fault, path, line.time_ns);
}

void Judge::CompareWithDisk() {
  const Entries disk = EntriesOnDisk(root_);
  for (const auto &[path, is_dir] : disk) {
    const auto told = model_.entries().find(path);
    if (told == model_.entries().end())
      Fault("on the disk, but not told: " + path, "T/" + path);
    else if (told->second != is_dir)
      Fault("told as another type: " + path, "T/" + path);
  }
  for (const auto &[path, is_dir] : model_.entries())
    if (disk.count(path) == 0)
      Fault("told, but not on the disk: " + path, "T/" + path);
}

void Judge::CheckProbes() {
  for (const auto &[path, count] : probes_)
    if (count != 1)
      Fault("told " + std::to_string(count) + " times: " + path,
            Relative(path));
}

StormVerdict Judge::Verdict(const std::vector<ToldLine> &lines) {
  for (const ToldLine &line : lines)
    history_.Add(line.time_ns, "    told", line.text,
                 {Relative(line.path), Relative(line.source)});
  for (const ToldLine &line : lines) TakeLine(line);
  if (WantsTruth()) CompareWithDisk();
  CheckProbes();
  if (!suspicion_.empty()) Fault(suspicion_, "T");
  return verdict_;
}

}  // namespace rn
