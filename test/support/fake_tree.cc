// A file system of paths and types.
//
// Nodes are kept by path in byte order; what is below a directory is what
// begins with its path and a slash.  The trees of tests are small, so ids are
// found by looking at all.

#include "test/support/fake_tree.h"

#include <sys/stat.h>

namespace rn {
namespace {

bool BeginsWith(const std::string &text, const std::string &beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

bool IsAtOrBelow(const std::string &path, const std::string &top) {
  return path == top || path.compare(0, top.size() + 1, top + "/") == 0;
}

}  // namespace

FakeTree::FakeTree() { nodes_["/"] = {next_id_++, S_IFDIR, "", 0, 0, 0}; }

void FakeTree::Add(const std::string &path, mode_t mode,
                   const std::string &target) {
  for (size_t end = path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    const std::string above = path.substr(0, end);
    if (nodes_.count(above) == 0)
      nodes_[above] = {next_id_++, S_IFDIR, "", 0, 0, 0};
  }
  if (nodes_.count(path) == 0)
    nodes_[path] = {next_id_++, mode, target, 0, 0, 0};
}

void FakeTree::Remove(const std::string &path) {
  auto at = nodes_.lower_bound(path);
  while (at != nodes_.end() && BeginsWith(at->first, path))
    at = IsAtOrBelow(at->first, path) ? nodes_.erase(at) : std::next(at);
}

void FakeTree::Rename(const std::string &from, const std::string &to) {
  Remove(to);
  std::map<std::string, Node> renamed;
  auto at = nodes_.lower_bound(from);
  while (at != nodes_.end() && BeginsWith(at->first, from)) {
    const auto next = std::next(at);
    if (IsAtOrBelow(at->first, from)) {
      auto node = nodes_.extract(at);
      node.key() = to + node.key().substr(from.size());
      renamed.insert(std::move(node));
    }
    at = next;
  }
  nodes_.merge(renamed);
}

void FakeTree::Link(const std::string &from, const std::string &to) {
  nodes_[to] = nodes_.at(from);
}

void FakeTree::Change(const std::string &path, bool content) {
  const uint64_t id = nodes_.at(path).id;
  now_++;
  for (auto &[other, node] : nodes_) {
    if (node.id != id) continue;
    node.ctime = now_;
    if (!content) continue;
    node.mtime = now_;
    node.size++;
  }
}

const FakeTree::Node *FakeTree::Find(const std::string &path) const {
  const auto at = nodes_.find(path);
  return at == nodes_.end() ? nullptr : &at->second;
}

std::string FakeTree::PathOf(uint64_t id) const {
  for (const auto &[path, node] : nodes_) {
    if (node.id == id) return path;
  }
  return "";
}

std::vector<std::pair<std::string, FakeTree::Node>> FakeTree::Children(
    const std::string &path) const {
  const std::string prefix = path == "/" ? path : path + "/";
  std::vector<std::pair<std::string, Node>> children;
  for (const auto &[child, node] : nodes_) {
    if (child.size() <= prefix.size()) continue;
    if (child.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string name = child.substr(prefix.size());
    if (name.find('/') == std::string::npos) children.emplace_back(name, node);
  }
  return children;
}

std::string FakeTree::Join(const std::string &base, const std::string &path) {
  const std::string whole = path[0] == '/' ? path : base + "/" + path;
  std::string result;
  for (size_t begin = 0; begin < whole.size();) {
    const size_t end = std::min(whole.find('/', begin), whole.size());
    const std::string part = whole.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      result.erase(result.empty() ? 0 : result.rfind('/'));
    } else {
      result += "/" + part;
    }
  }
  return result.empty() ? "/" : result;
}

}  // namespace rn
