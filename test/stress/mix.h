#ifndef TEST_STRESS_MIX_H_
#define TEST_STRESS_MIX_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace rn {

// What one process did to a path, or to two.
struct Step {
  int64_t time_ns;  // CLOCK_REALTIME, when it was done
  std::string text;
  std::vector<std::string> paths;  // below the base
};

// Random operations on a tree BASE/T and its neighbour BASE/O, among a few
// names that all processes share: files and directories are created, written,
// linked, removed, exchanged, renamed within T, out of it, back in and in with
// content.
//
// Which operations are tried depends on the seed and the process alone; which
// of them the kernel lets through, also on the other processes.  The seed says
// also how many names there are: few are a small tree with much strife.
class Mix {
 public:
  // Directories T and O are made when they are not there.
  Mix(const std::string &base, uint32_t seed, int process);

  // Until so many operations have had an effect.
  void Run(int operations);

  // Make a directory in one that is renamed then.  Returns where it is, or "".
  std::string MakeInARenamedOne();
  // Rename some directory of T into that one.
  void MoveInto(const std::string &directory);

  const std::vector<Step> &steps() const { return steps_; }

 private:
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(random_() % bound);
  }
  std::string Any(const std::string &top, uint32_t depth_max);
  std::string Inside() { return Any("T", 4); }
  std::string Outside() { return Any("O", 2); }

  bool TryOne();
  bool MakeDir(const std::string &path);
  bool Create(const std::string &path);
  bool Write(const std::string &path);
  bool Unlink(const std::string &path);
  bool RemoveDir(const std::string &path);
  bool RemoveTree(const std::string &path);
  bool Rename(const std::string &from, const std::string &to);
  bool Exchange(const std::string &one, const std::string &other);
  bool Link(const std::string &from, const std::string &to);
  bool MakeTreeOutside();

  // Whether the system call went well; then it is taken down.
  bool Did(int result, const std::string &what, const std::string &path,
           const std::string &other = "");

  const std::string base_;
  const uint32_t names_;
  std::mt19937 random_;
  std::vector<Step> steps_;
};

// One step a line, and back.
void WriteSteps(const std::vector<Step> &steps, const std::string &path);
std::vector<Step> ReadSteps(const std::string &path);

}  // namespace rn

#endif  // TEST_STRESS_MIX_H_
