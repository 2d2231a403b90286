// Reads the command's lines with the decoders of Jansson and Nettle.

#include "test/cmd/json_record.h"

#include <nettle/base64.h>

#include "gtest/gtest.h"
#include "ringnotify/mask.h"

namespace rn {
namespace {

std::string Decode(const std::string &base64) {
  base64_decode_ctx context;
  base64_decode_init(&context);
  std::string bytes(BASE64_DECODE_LENGTH(base64.size()), '\0');
  size_t size = bytes.size();
  const int decoded = base64_decode_update(
      &context, &size, reinterpret_cast<uint8_t *>(bytes.data()), base64.size(),
      base64.data());
  EXPECT_TRUE(decoded == 1 && base64_decode_final(&context) == 1) << base64;
  bytes.resize(size);
  return bytes;
}

}  // namespace

JsonRecord::JsonRecord(const std::string &line) {
  json_error_t error;
  json_ = json_loadb(line.data(), line.size(), 0, &error);
  EXPECT_NE(json_, nullptr) << error.text << ": '" << line << "'";
}

JsonRecord::~JsonRecord() { json_decref(json_); }

bool JsonRecord::Has(const char *key) const {
  return json_object_get(json_, key) != nullptr;
}

std::string JsonRecord::String(const char *key) const {
  const json_t *value = json_object_get(json_, key);
  if (!json_is_string(value)) return "";
  return std::string(json_string_value(value), json_string_length(value));
}

json_int_t JsonRecord::Integer(const char *key) const {
  return json_integer_value(json_object_get(json_, key));
}

std::string JsonRecord::Bytes(const char *key) const {
  const std::string exact = std::string(key) + "_b64";
  return Has(exact.c_str()) ? Decode(String(exact.c_str())) : String(key);
}

uint32_t JsonRecord::Mask() const {
  uint32_t mask = 0;
  size_t index;
  json_t *name;
  json_array_foreach(json_object_get(json_, "mask"), index, name) {
    uint32_t bit = 0;
    EXPECT_EQ(rn_mask_parse(json_string_value(name), &bit, nullptr), 0);
    mask |= bit;
  }
  return mask;
}

std::string JsonRecord::Names(const char *key) const {
  std::string names;
  size_t index;
  json_t *name;
  json_array_foreach(json_object_get(json_, key), index, name) {
    if (index > 0) names += ",";
    names += json_string_value(name);
  }
  return names;
}

std::string JsonRecord::Summary() const {
  std::string summary = String("type") + " " + Names("mask") + " ";
  summary += Bytes("path");
  if (Has("src_path")) summary += " from " + Bytes("src_path");
  return summary;
}

}  // namespace rn
