#ifndef TEST_STRESS_JUDGE_H_
#define TEST_STRESS_JUDGE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "test/stress/history.h"
#include "test/stress/storm_run.h"
#include "test/support/events/event_model.h"

namespace rn {

// Holds what was told against the disk, and finds the first fault.
class Judge {
 public:
  // BASE/T is as it is when the watching begins.
  Judge(const std::string &base, Demand demand);

  // Something was wrong besides, or "": said when the lines show nothing.
  void Suspect(const std::string &what);

  // Files that were made in the end; each is to be told once.
  void Expect(const std::vector<std::string> &probes);

  void AddSteps(const std::string &who, const std::vector<Step> &steps);

  StormVerdict Verdict(const std::vector<ToldLine> &lines);

 private:
  void TakeLine(const ToldLine &line);
  void TakeEvent(const ToldLine &line);
  void CompareWithDisk();
  void CheckProbes();
  bool WantsTruth() const;
  // The first one counts.
  void Fault(const std::string &text, const std::string &path,
             int64_t time_ns = INT64_MAX);
  std::string Relative(const std::string &path) const;

  const std::string base_;
  const std::string root_;
  const Demand demand_;
  EventModel model_;
  SourceCheck sources_;
  History history_;
  std::map<std::string, int> probes_;  // how often each was told
  std::string suspicion_;
  StormVerdict verdict_;
};

}  // namespace rn

#endif  // TEST_STRESS_JUDGE_H_
