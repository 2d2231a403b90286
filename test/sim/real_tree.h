#ifndef TEST_SIM_REAL_TREE_H_
#define TEST_SIM_REAL_TREE_H_

#include <map>
#include <string>
#include <vector>

#include "test/sim/model_inotify.h"
#include "test/sim/op.h"
#include "test/support/temp_dir.h"

namespace rn::sim {

// Does on a real file system, below a directory of its own, what processes do
// in the model, and reads what a real inotify instance says of it.
class RealTree {
 public:
  RealTree();
  ~RealTree();
  RealTree(const RealTree &) = delete;
  RealTree &operator=(const RealTree &) = delete;

  // Returns 0 or what the system call gave.
  int Run(const Op &op);
  int Watch(const std::string &path, uint32_t mask);
  int RemoveWatch(int wd);
  // INOTIFY_IOC_SETNEXTWD.
  int SetNext(int wd);
  // All that is queued.  size: of the buffer for one read.
  std::vector<Record> Read(size_t size = 65536);

  // Where a path of the model is.
  std::string Real(const std::string &path) const { return dir_.path() + path; }

 private:
  int Create(const std::string &path);
  int Write(const std::string &path);
  int Chmod(const std::string &path);
  int Hold(const std::string &path);
  int Release(const std::string &path);

  TempDir dir_;
  const int fd_;
  std::multimap<std::string, int> held_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_REAL_TREE_H_
