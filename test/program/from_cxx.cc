// The library in C++: the header alone, the library linked, one file created.

#include <ringnotify/ringnotify.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct Counts {
  int created = 0;
  bool released = false;
};

int OnCreate(const rn_event *event, void *context) {
  size_t size = 0;
  const std::string name(rn_event_name(event, &size));
  if (name == "file" && size == 4) static_cast<Counts *>(context)->created++;
  return 0;
}

void OnRelease(void *context) {
  static_cast<Counts *>(context)->released = true;
}

// Returns whether the creation of a file was reported, once.
bool Run(const std::string &directory) {
  Counts counts;
  rn_handler handler{};
  handler.size = sizeof(handler);
  handler.context = &counts;
  handler.on_create = OnCreate;
  handler.on_release = OnRelease;
  rn_watch_options watch{};
  watch.size = sizeof(watch);
  watch.mask = IN_CREATE;
  watch.handler = &handler;

  rn_thread_notifier_options options{};
  options.size = sizeof(options);
  options.order = RN_ORDER_TOTAL;
  rn_thread_notifier *notifier = nullptr;
  if (rn_thread_notifier_new(&options, &notifier) != 0) return false;
  bool good = rn_watch_manager_add(rn_thread_notifier_manager(notifier),
                                   directory.c_str(), &watch, nullptr) == 0;
  good = good && rn_thread_notifier_start(notifier) == 0;
  if (FILE *file = std::fopen((directory + "/file").c_str(), "w"))
    std::fclose(file);
  good = good && rn_thread_notifier_stop(notifier, RN_STOP_DRAIN) == 0;
  good = rn_thread_notifier_free(notifier) == 0 && good;
  return good && counts.created == 1 && counts.released;
}

}  // namespace

int main() {
  const char *base = std::getenv("TEST_TMPDIR");
  std::string directory =
      std::string(base == nullptr ? "/tmp" : base) + "/from_cxx.XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const bool good = Run(directory);
  std::remove((directory + "/file").c_str());
  std::remove(directory.c_str());
  std::puts(good ? "good" : "not reported as it should be");
  return good ? 0 : 1;
}
