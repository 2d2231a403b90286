#include "ringnotify/base.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *rn_version(void) {
  return TEXT(RN_VERSION_MAJOR) "." TEXT(RN_VERSION_MINOR) "." TEXT(
      RN_VERSION_PATCH);
}
