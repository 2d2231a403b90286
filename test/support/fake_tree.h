#ifndef TEST_SUPPORT_FAKE_TREE_H_
#define TEST_SUPPORT_FAKE_TREE_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rn {

// The file system of a FakeKernel in mode kModel: absolute paths, each with a
// type.  A node keeps its id when it is renamed.  Not for several threads: the
// kernel's lock guards it.
class FakeTree {
 public:
  struct Node {
    uint64_t id;
    mode_t mode;         // S_IFDIR, S_IFREG, S_IFLNK, ...
    std::string target;  // of a link; "": it leads nowhere
    uint64_t size = 0;
    int64_t mtime = 0, ctime = 0;
  };

  FakeTree();

  // Create a node, and directories above it that are missing.  What is there
  // already stays as it is.
  void Add(const std::string &path, mode_t mode,
           const std::string &target = "");

  // Remove a node with what is below it.
  void Remove(const std::string &path);

  // Rename a node with what is below it; what `to` was goes away.
  void Rename(const std::string &from, const std::string &to);

  // Give a node a second name.
  void Link(const std::string &from, const std::string &to);

  // Let all names of a node say that it was changed.  content: size and mtime,
  // too.
  void Change(const std::string &path, bool content);

  // Returns nullptr when there is none.
  const Node *Find(const std::string &path) const;

  // Returns "" when there is no such node any more.
  std::string PathOf(uint64_t id) const;

  // Names and nodes directly below `path`, by name.
  std::vector<std::pair<std::string, Node>> Children(
      const std::string &path) const;

  // `path`, seen from the directory `base`, as an absolute path without ".",
  // ".." and slashes that say nothing.
  static std::string Join(const std::string &base, const std::string &path);

 private:
  std::map<std::string, Node> nodes_;
  uint64_t next_id_ = 1;
  int64_t now_ = 1;
};

}  // namespace rn

#endif  // TEST_SUPPORT_FAKE_TREE_H_
