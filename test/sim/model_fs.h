#ifndef TEST_SIM_MODEL_FS_H_
#define TEST_SIM_MODEL_FS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace rn::sim {

enum class FileType : uint8_t { kDir, kFile, kFifo, kLink };

struct Inode;

struct Entry {
  std::string name;
  Inode *inode;
  uint64_t offset;  // where a listing finds it
};

struct Inode {
  uint32_t id = 0;
  FileType type = FileType::kFile;
  uint32_t link_count = 0;  // names; a directory's own "." does not count
  uint32_t open_count = 0;  // who keeps it alive besides
  bool removed = false;     // its end has been told to its watch

  // Of a directory: where it is, or was before it was removed.
  Inode *parent = nullptr;
  std::string name;
  std::vector<Entry> entries;  // by offset
  uint32_t moves = 0;          // renames of it
  Inode *pinned = nullptr;     // what it keeps alive while it is dead

  std::string target;  // of a link

  // When it was changed, and how much is in it.
  uint64_t size = 0;
  int64_t mtime = 0, ctime = 0;

  // The watch on it; 0: none.
  int wd = 0;
  uint32_t mask = 0;

  bool is_dir() const { return type == FileType::kDir; }
  bool is_dead() const { return link_count == 0; }
};

// Where a path leads.
struct Place {
  Inode *dir = nullptr;    // that the last name is looked up in
  std::string name;        // may be "." and empty
  Inode *inode = nullptr;  // or nullptr: nothing there
};

// In which order a directory is listed.
enum class ListOrder : uint8_t {
  kHash,    // by a hash of the name, as ext4
  kOldest,  // as they came
  kNewest,  // the last one first, as tmpfs
};

// Directories, files and names in memory, as the kernel has them: inodes live
// for as long as the model.  Nothing is told to anybody here.
class ModelFs {
 public:
  explicit ModelFs(ListOrder order = ListOrder::kHash, uint64_t salt = 0);
  ModelFs(const ModelFs &) = delete;
  ModelFs &operator=(const ModelFs &) = delete;

  Inode *root() { return root_; }

  // Finds what a path names.  Symbolic links on the way are followed, the last
  // one when `follow`.  Returns 0, also when only the last name is missing; or
  // -ENOENT, -ENOTDIR, -ELOOP.
  int Lookup(Inode *start, std::string_view path, bool follow, Place *place);

  Inode *NewInode(FileType type);
  static Inode *Find(const Inode *dir, std::string_view name);

  // Gives an inode a name, or takes one away.
  void Link(Inode *dir, const std::string &name, Inode *inode);
  void Unlink(Inode *dir, const std::string &name);

  // Absolute path of a directory; "" when it is not in the tree.
  std::string PathOf(const Inode *dir) const;
  bool IsBelow(const Inode *inode, const Inode *top) const;

 private:
  int Walk(Inode *start, std::string_view path, bool follow, int depth,
           Place *place);
  uint64_t OffsetOf(const std::string &name);

  const ListOrder order_;
  const uint64_t salt_;
  uint64_t next_offset_ = 1;
  std::deque<Inode> inodes_;
  Inode *root_;
};

}  // namespace rn::sim

#endif  // TEST_SIM_MODEL_FS_H_
