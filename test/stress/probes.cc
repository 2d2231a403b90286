#include "test/stress/probes.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "test/support/events/event_model.h"
#include "test/support/events/watch_table.h"
#include "test/support/wait_until.h"

namespace rn {
namespace {

constexpr std::chrono::seconds kDeadline(60);

std::multiset<ino_t> Without(const std::multiset<ino_t> &all,
                             const std::multiset<ino_t> &some) {
  std::multiset<ino_t> rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

WatchCheck::WatchCheck(const Watcher &watcher, const std::string &root)
    : watcher_(watcher),
      root_(root),
      way_(Without(watcher.Watched(), LiveDirectories(root))) {}

bool WatchCheck::Agree() const {
  return Without(watcher_.Watched(), way_) == LiveDirectories(root_);
}

std::string WatchCheck::Wait() const {
  if (WaitUntil([this] { return Agree(); })) return "";
  const size_t watches = Without(watcher_.Watched(), way_).size();
  return std::to_string(LiveDirectories(root_).size()) + " directories, but " +
         std::to_string(watches) + " watches";
}

std::vector<std::string> DirectoriesOf(const std::string &root) {
  std::vector<std::string> directories = {root};
  for (const auto &[path, is_dir] : EntriesOnDisk(root))
    if (is_dir) directories.push_back(root + "/" + path);
  return directories;
}

std::vector<std::string> Probe(const std::vector<std::string> &directories,
                               const std::string &name, Watcher *watcher) {
  std::vector<std::string> probes;
  for (const std::string &directory : directories) {
    probes.push_back(directory + "/" + name);
    if (mknod(probes.back().c_str(), S_IFREG | 0644, 0) != 0) continue;
    if (probes.size() % watcher->Room() == 0 &&
        !watcher->WaitFor(probes.back(), kDeadline))
      break;
  }
  return probes;
}

}  // namespace rn
