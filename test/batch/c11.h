#ifndef TEST_BATCH_C11_H_
#define TEST_BATCH_C11_H_

// What the headers of lib/ say in C11 that C++17 does not take.  A test in C++
// includes this before them.

#define _Noreturn [[noreturn]]
#define _Static_assert static_assert

// A struct and a function of one name are two things in C; g++ warns.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wshadow"
#endif

#endif  // TEST_BATCH_C11_H_
