#ifndef TEST_SUPPORT_TEMP_DIR_H_
#define TEST_SUPPORT_TEMP_DIR_H_

#include <string>

namespace rn {

// A new directory that goes away with its content.
//
// Names are bytes, and paths below it may be of any depth and mode: it is
// removed all the same.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;

  // Absolute, without links in it and without a slash at its end.
  const std::string &path() const { return path_; }

  // path() with a slash and `name`.
  std::string Path(const std::string &name) const { return path_ + "/" + name; }

  // Create or replace a file.  Returns its path.
  std::string Write(const std::string &name, const std::string &text) const;

  // Create a directory, and those above it that are missing.  Returns its
  // path.
  std::string MkDir(const std::string &name) const;

 private:
  std::string path_;
};

}  // namespace rn

#endif  // TEST_SUPPORT_TEMP_DIR_H_
