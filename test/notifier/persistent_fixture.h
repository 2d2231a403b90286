#ifndef TEST_NOTIFIER_PERSISTENT_FIXTURE_H_
#define TEST_NOTIFIER_PERSISTENT_FIXTURE_H_

#include <sys/inotify.h>

#include <string>

#include "test/notifier/notifier_fixture.h"

namespace rn {

// A notifier on the real kernel that follows a name below dir_.
class PersistentFixture : public NotifierFixture {
 protected:
  static constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                    IN_MOVED_TO | IN_CLOSE_WRITE |
                                    IN_DELETE_SELF | IN_MOVE_SELF;

  // Start with one watch.
  void Follow(const std::string &name, unsigned flags = 0,
              uint32_t mask = kMask) {
    if (notifier_ == nullptr) Make();
    ASSERT_EQ(Add(name, mask, flags | RN_WATCH_PERSISTENT), 0);
    Start();
  }

  // What was told, but for what comes before an IN_IGNORED: the library does
  // not promise it, for it may see first that the name is gone.
  Strings TextsButForTheEnd() const;

  // How often an event was told.
  size_t Times(const std::string &text) const {
    size_t times = 0;
    for (const std::string &one : Texts()) times += one == text ? 1 : 0;
    return times;
  }
  [[nodiscard]] bool WaitForTimes(const std::string &text, size_t times) const {
    return WaitUntil([&] { return Times(text) >= times; });
  }

  // Make a file without opening it.
  void MakeFile(const std::string &name) const;
  void Link(const std::string &target, const std::string &name) const;
  void RemoveAll(const std::string &name) const;

  // Hold what was told of `name`, a path below dir_, and of what is below it
  // against the disk.  Whatever comes and goes has to alternate.
  void ExpectModelIsDisk(const std::string &name) const;
};

}  // namespace rn

#endif  // TEST_NOTIFIER_PERSISTENT_FIXTURE_H_
