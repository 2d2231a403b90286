#ifndef TEST_CMD_JSON_RECORD_H_
#define TEST_CMD_JSON_RECORD_H_

#include <jansson.h>

#include <string>

namespace rn {

// A line of JSON as another program reads it.  A line that is none fails the
// test.
class JsonRecord {
 public:
  explicit JsonRecord(const std::string &line);
  ~JsonRecord();
  JsonRecord(const JsonRecord &) = delete;
  JsonRecord &operator=(const JsonRecord &) = delete;

  bool Has(const char *key) const;
  std::string String(const char *key) const;  // "" without it
  json_int_t Integer(const char *key) const;  // 0 without it

  // The exact bytes: KEY_b64 where it is there, else KEY.
  std::string Bytes(const char *key) const;

  // Bits of "mask", by their names.
  uint32_t Mask() const;
  // The strings of an array, joined by commas; "" without it.
  std::string Names(const char *key) const;

  // "TYPE MASK,... PATH", and " from SRC_PATH" where it has one.
  std::string Summary() const;

 private:
  json_t *json_;
};

}  // namespace rn

#endif  // TEST_CMD_JSON_RECORD_H_
