#ifndef RINGNOTIFY_BASE_H
#define RINGNOTIFY_BASE_H

/* Conventions of the whole API.  A function's comment states only what departs
 * from them.
 *
 * Results    int: 0 or a positive outcome that the comment names; else a
 *            negative errno, unchanged from its cause.  Nothing is printed,
 *            errno is not part of the contract.
 * Pointers   not NULL unless the comment says "or NULL".
 * Strings    NUL-terminated bytes, no encoding assumed; copied by the callee.
 * Texts      that are written into a caller's buffer may be NULL with the size
 *            0: the result says how large the buffer has to be.
 * Sizes      bytes.   Times: nanoseconds, unless the name says otherwise.
 * Order      object first, then inputs, then outputs; a size follows its
 *            buffer; a callback is followed by its context.
 * Outputs    written only on success.
 * Structs    that the caller fills begin with `size`, set by their RN_..._INIT
 *            macro or by hand to sizeof; fields added later default to 0.
 * Threads    "any": any thread at any time, handlers included.  Where a comment
 *            says nothing: any, but for one object one at a time.
 * Cancelling is put off: no function is a cancellation point (pthreads(7)), nor
 *            is a callback while a function runs it.  A thread that is
 *            cancelled in a call ends after the call has returned, at its next
 *            cancellation point.  The library's own threads are not cancelled.
 * C++        some functions and enumerations share a name, as C allows: say
 *            "enum rn_event_kind" where the type is meant. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RN_BEGIN_DECLS extern "C" {
#define RN_END_DECLS }
#else
#define RN_BEGIN_DECLS
#define RN_END_DECLS
#endif

/* Part of the library's binary interface. */
#define RN_API __attribute__((visibility("default")))
/* The result says whether it worked: do not drop it. */
#define RN_CHECKED __attribute__((warn_unused_result))

#define RN_VERSION_MAJOR 0
#define RN_VERSION_MINOR 1
#define RN_VERSION_PATCH 0

/* What the RN_..._INIT macros are made of. */
#ifdef __cplusplus
extern "C++" {
template <class Struct>
inline Struct rn_sized() {
  Struct made = Struct();
  made.size = sizeof(made);
  return made;
}
}
#define RN_SIZED(type) rn_sized<type>()
#else
#define RN_SIZED(type) \
  { .size = sizeof(type) }
#endif

RN_BEGIN_DECLS

/* The version of the library that is linked, as "0.1.0".
 *
 * Ownership  static storage.
 * Threads    any. */
RN_API const char *rn_version(void);

RN_END_DECLS

#endif
