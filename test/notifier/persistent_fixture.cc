// What the tests of persistent watches share.

#include "test/notifier/persistent_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "test/support/events/event_model.h"

namespace rn {

Strings PersistentFixture::TextsButForTheEnd() const {
  Strings texts = Texts();
  const auto may_be_missing = [](const std::string &text) {
    return text.rfind("DELETE_SELF", 0) == 0 ||
           text.rfind("MOVE_SELF", 0) == 0 || text.rfind("UNMOUNT", 0) == 0;
  };
  texts.erase(std::remove_if(texts.begin(), texts.end(), may_be_missing),
              texts.end());
  return texts;
}

void PersistentFixture::MakeFile(const std::string &name) const {
  ASSERT_EQ(mknod(Path(name).c_str(), S_IFREG | 0644, 0), 0) << name;
}

void PersistentFixture::Link(const std::string &target,
                             const std::string &name) const {
  ASSERT_EQ(symlink(target.c_str(), Path(name).c_str()), 0) << name;
}

void PersistentFixture::RemoveAll(const std::string &name) const {
  std::error_code error;
  std::filesystem::remove_all(Path(name), error);
  EXPECT_FALSE(error) << name << ": " << error.message();
}

void PersistentFixture::ExpectModelIsDisk(const std::string &name) const {
  EventModel model(dir_.path());
  for (const LoggedEvent &event : log_.Events()) {
    const uint32_t type = event.is_dir ? IN_ISDIR : 0;
    if (!event.name.empty()) {
      model.Apply(event);
    } else if ((event.mask & IN_CREATE) != 0) {
      model.Apply(IN_CREATE | type, 0, event.path);
    } else if ((event.mask & IN_IGNORED) != 0) {
      model.Apply(IN_DELETE | type, 0, event.path);
    }
  }
  EXPECT_EQ(model.faults(), Strings{});

  namespace fs = std::filesystem;
  Entries expected;
  const fs::path top = Path(name);
  if (fs::exists(fs::symlink_status(top))) {
    expected[name] = fs::is_directory(top);
    if (fs::is_directory(top))
      for (const auto &[below, is_dir] : EntriesOnDisk(top.string()))
        expected[name + "/" + below] = is_dir;
  }
  EXPECT_EQ(model.entries(), expected);
}

}  // namespace rn
