/* The main of a fuzz target when it runs as a test: hands each file named on
 * the command line to LLVMFuzzerTestOneInput, once.
 *
 * Each input is a heap block of exactly its size, so that AddressSanitizer
 * sees a read past the end. No file at all is a failure: a corpus that is not
 * found must not pass. */

#include <stdio.h>
#include <stdlib.h>

#include "tools/bazel/fuzz/fuzz.h"

static void die(const char *path) {
  perror(path);
  exit(EXIT_FAILURE);
}

static size_t file_size(FILE *file, const char *path) {
  if (fseek(file, 0, SEEK_END) != 0) die(path);
  const long size = ftell(file);
  if (size < 0) die(path);
  rewind(file);
  return (size_t)size;
}

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  const size_t size = file_size(file, path);
  uint8_t *data = malloc(size);
  if (data == NULL && size > 0) die(path);
  if (fread(data, 1, size, file) != size) die(path);
  fclose(file);
  printf("%s: %zu bytes\n", path, size);
  fflush(stdout); /* a crash below leaves the name of its input */
  LLVMFuzzerTestOneInput(data, size);
  free(data);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return EXIT_FAILURE;
  }
  for (int i = 1; i < argc; i++) replay(argv[i]);
  printf("%d inputs replayed\n", argc - 1);
  return EXIT_SUCCESS;
}
