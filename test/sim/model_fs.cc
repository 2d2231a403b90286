// The tree of names: entries are few in a directory, so they are searched from
// the beginning.

#include "test/sim/model_fs.h"

#include <errno.h>

#include <algorithm>

#include "test/sim/random.h"

namespace rn::sim {
namespace {

constexpr int kLinksMax = 8;  // followed on one path

uint64_t HashOf(std::string_view name, uint64_t salt) {
  uint64_t hash = salt;
  for (const char c : name) hash = Mix(hash + static_cast<unsigned char>(c));
  return hash >> 1 | 1;
}

}  // namespace

ModelFs::ModelFs(ListOrder order, uint64_t salt) : order_(order), salt_(salt) {
  root_ = NewInode(FileType::kDir);
  root_->link_count = 1;
  root_->parent = root_;
}

Inode *ModelFs::NewInode(FileType type) {
  inodes_.emplace_back();
  Inode *inode = &inodes_.back();
  inode->id = static_cast<uint32_t>(inodes_.size());
  inode->type = type;
  return inode;
}

Inode *ModelFs::Find(const Inode *dir, std::string_view name) {
  for (const Entry &entry : dir->entries)
    if (entry.name == name) return entry.inode;
  return nullptr;
}

uint64_t ModelFs::OffsetOf(const std::string &name) {
  switch (order_) {
    case ListOrder::kOldest:
      return next_offset_++;
    case ListOrder::kNewest:
      return UINT64_MAX / 2 - next_offset_++;
    case ListOrder::kHash:
      break;
  }
  return HashOf(name, salt_);
}

void ModelFs::Link(Inode *dir, const std::string &name, Inode *inode) {
  const uint64_t offset = OffsetOf(name);
  auto at = dir->entries.begin();
  while (at != dir->entries.end() && at->offset < offset) ++at;
  dir->entries.insert(at, {name, inode, offset});
  inode->link_count++;
  if (!inode->is_dir()) return;
  inode->parent = dir;
  inode->name = name;
}

void ModelFs::Unlink(Inode *dir, const std::string &name) {
  const auto at =
      std::find_if(dir->entries.begin(), dir->entries.end(),
                   [&name](const Entry &entry) { return entry.name == name; });
  at->inode->link_count--;
  dir->entries.erase(at);
}

int ModelFs::Lookup(Inode *start, std::string_view path, bool follow,
                    Place *place) {
  return Walk(start, path, follow, 0, place);
}

int ModelFs::Walk(Inode *start, std::string_view path, bool follow, int depth,
                  Place *place) {
  if (path.empty()) return -ENOENT;
  Inode *at = path[0] == '/' ? root_ : start;
  *place = {at, ".", at};
  while (!path.empty()) {
    if (path[0] == '/') {
      path.remove_prefix(1);
      continue;
    }
    const size_t size = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, size);
    path.remove_prefix(size);
    if (at == nullptr) return -ENOENT;
    if (!at->is_dir()) return -ENOTDIR;
    if (name == ".") continue;
    if (name == "..") {
      if (at->is_dead()) return -ENOENT;
      at = at->parent;
      *place = {at, ".", at};
      continue;
    }
    *place = {at, std::string(name), Find(at, name)};
    at = place->inode;
    if (at == nullptr || at->type != FileType::kLink) continue;
    if (path.empty() && !follow) continue;
    if (depth == kLinksMax) return -ELOOP;
    const int err = Walk(place->dir, at->target, true, depth + 1, place);
    if (err < 0) return err;
    at = place->inode;
  }
  return 0;
}

std::string ModelFs::PathOf(const Inode *dir) const {
  if (dir == root_) return "/";
  std::string path;
  for (; dir != root_; dir = dir->parent) {
    if (dir->is_dead() || !dir->is_dir()) return "";
    path = "/" + dir->name + path;
  }
  return path;
}

bool ModelFs::IsBelow(const Inode *inode, const Inode *top) const {
  while (inode != top && inode != root_) inode = inode->parent;
  return inode == top;
}

}  // namespace rn::sim
