// JSON Lines: the exact text of each object, and names of any bytes.

#include "cmd/ringnotify/jsonl.h"

#include <errno.h>
#include <jansson.h>

#include <memory>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace rn {
namespace {

std::string Take(text *text) {
  EXPECT_FALSE(text->failed);
  const std::string taken(text->size > 0 ? text->data : "", text->size);
  text_fini(text);
  return taken;
}

// path: borrowed.
record Record(std::string_view path) {
  record record = {};
  record.kind = RN_EVENT_CHANGE;
  record.seq = 1;
  record.time = {1767323045, 123456789};
  record.mask = IN_CREATE;
  record.wd = 3;
  record.path = path.data();
  record.path_size = path.size();
  return record;
}

std::string Event(const record &record) {
  text text = {};
  jsonl_event(&text, &record);
  return Take(&text);
}

using Json = std::unique_ptr<json_t, decltype(&json_decref)>;

// A line as another program reads it.
Json Parse(const std::string &line) {
  json_error_t error;
  Json json(json_loadb(line.data(), line.size(), 0, &error), json_decref);
  EXPECT_NE(json, nullptr) << error.text << ": " << line;
  return json;
}

// The value of a string; "(none)" without the key.
std::string String(const Json &json, const char *key) {
  const json_t *value = json_object_get(json.get(), key);
  if (!json_is_string(value)) return "(none)";
  return std::string(json_string_value(value), json_string_length(value));
}

TEST(Jsonl, WritesAnEventAsTheContractSays) {
  record record = Record("T/a");
  record.mask = IN_CREATE | IN_ISDIR;

  EXPECT_EQ(Event(record),
            R"({"v":1,"type":"event","seq":1,)"
            R"("time":"2026-01-02T03:04:05.123456789Z",)"
            R"("mask":["IN_CREATE","IN_ISDIR"],"path":"T/a","wd":3})"
            "\n");
}

TEST(Jsonl, WritesARename) {
  record record = Record("T/c");
  record.mask = IN_MOVED_TO;
  record.seq = 2;
  record.src_path = "T/b";
  record.src_path_size = 3;
  record.cookie = 4294967295;
  record.wd = 1;
  record.time.tv_nsec = 5;

  EXPECT_EQ(Event(record),
            R"({"v":1,"type":"event","seq":2,)"
            R"("time":"2026-01-02T03:04:05.000000005Z",)"
            R"("mask":["IN_MOVED_TO"],"path":"T/c","src_path":"T/b",)"
            R"("cookie":4294967295,"wd":1})"
            "\n");
}

TEST(Jsonl, MarksWhatTheLibraryMade) {
  record record = Record("T/a/f");
  record.synthetic = true;

  EXPECT_EQ(Event(record),
            R"({"v":1,"type":"event","seq":1,)"
            R"("time":"2026-01-02T03:04:05.123456789Z",)"
            R"("mask":["IN_CREATE"],"path":"T/a/f","wd":3,"synthetic":true})"
            "\n");
}

TEST(Jsonl, WritesReadyAndEnd) {
  text text = {};

  jsonl_ready(&text, 12);
  const jsonl_totals totals = {5, 1, 0, false, false};
  jsonl_end(&text, &totals);
  const jsonl_totals repaired = {5, 1, 0, true, true};
  jsonl_end(&text, &repaired);

  EXPECT_EQ(Take(&text),
            "{\"v\":1,\"type\":\"ready\",\"watches\":12}\n"
            "{\"v\":1,\"type\":\"end\",\"events\":5,\"kernel_overflows\":1,"
            "\"dropped\":0}\n"
            "{\"v\":1,\"type\":\"end\",\"events\":5,\"kernel_overflows\":1,"
            "\"dropped\":0,\"recovered\":true}\n");
}

TEST(Jsonl, WritesBothKindsOfOverflow) {
  record kernel = {};
  kernel.seq = 4;
  kernel.loss = RN_LOSS_KERNEL;
  record ring = {};
  ring.seq = 5;
  ring.loss = RN_LOSS_RING;
  ring.lost_count = 17;
  text text = {};

  jsonl_overflow(&text, &kernel);
  jsonl_overflow(&text, &ring);

  EXPECT_EQ(Take(&text),
            "{\"v\":1,\"type\":\"overflow\",\"seq\":4,\"source\":\"kernel\"}\n"
            "{\"v\":1,\"type\":\"overflow\",\"seq\":5,\"source\":\"ring\","
            "\"lost\":17}\n");
}

TEST(Jsonl, WritesARescan) {
  record record = {};
  record.seq = 5;
  record.changes = 17;
  record.ms = 12;
  text text = {};

  jsonl_rescan(&text, &record);

  EXPECT_EQ(Take(&text),
            "{\"v\":1,\"type\":\"rescan\",\"seq\":5,"
            "\"reason\":\"overflow\",\"changes\":17,\"ms\":12}\n");
}

TEST(Jsonl, WritesAnError) {
  text text = {};

  jsonl_error(&text, "T/\"s\"", 5, -EACCES, "no way", 6);
  jsonl_error(&text, "T", 1, -9999, "", 0);

  EXPECT_EQ(Take(&text),
            R"({"v":1,"type":"error","path":"T/\"s\"","error":"EACCES",)"
            R"("message":"no way"})"
            "\n"
            R"({"v":1,"type":"error","path":"T","error":"9999",)"
            R"("message":""})"
            "\n");
}

TEST(Jsonl, CarriesEveryAsciiByteInAPath) {
  std::string path;
  for (int byte = 1; byte < 0x80; byte++) path += static_cast<char>(byte);

  const std::string line = Event(Record(path));

  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Json json = Parse(line);
  EXPECT_EQ(String(json, "path"), path);
  EXPECT_EQ(String(json, "path_b64"), "(none)");
}

TEST(Jsonl, CarriesUtf8AsItIs) {
  const std::string path =
      "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbd";

  const Json json = Parse(Event(Record(path)));

  EXPECT_EQ(String(json, "path"), path);
  EXPECT_EQ(String(json, "path_b64"), "(none)");
}

TEST(Jsonl, KeepsTheExactBytesOfWhatIsNotUtf8) {
  const std::string bad = "\xef\xbf\xbd";
  const struct {
    std::string path;
    std::string shown;
    const char *base64;
  } cases[] = {
      {"T/\xff", "T/" + bad, "VC//"},
      {"T/\xff\xfe", "T/" + bad + bad, "VC///g=="},
      {"\x80y", bad + "y", "gHk="},
      {"a\xe2\x82", "a" + bad, "YeKC"},        // cut short
      {"\xe2\x82/z", bad + "/z", "4oIveg=="},  // broken off
      {"\xc0\xaf", bad + bad, "wK8="},         // not the shortest form
      {"\xed\xa0\x80", bad, "7aCA"},           // a surrogate
      {"\xf4\x90\x80\x80", bad, "9JCAgA=="},   // beyond U+10FFFF
      {"\xc3\xa9\xff\xc3\xa9", "\xc3\xa9" + bad + "\xc3\xa9", "w6n/w6k="},
  };

  for (const auto &one : cases) {
    const Json json = Parse(Event(Record(one.path)));

    EXPECT_EQ(String(json, "path"), one.shown) << one.base64;
    EXPECT_EQ(String(json, "path_b64"), one.base64);
  }
}

TEST(Jsonl, PutsTheExactBytesOfEachPathBehindIt) {
  record record = Record("T/\xff");
  record.src_path = "T/\xfe";
  record.src_path_size = 3;

  EXPECT_NE(Event(record).find(R"("path":"T/)"
                               "\xef\xbf\xbd"
                               R"(","path_b64":"VC//","src_path":"T/)"
                               "\xef\xbf\xbd"
                               R"(","src_path_b64":"VC/+","wd":3})"),
            std::string::npos);
}

TEST(Jsonl, CarriesEveryOtherByte) {
  for (int byte = 0x80; byte < 0x100; byte++) {
    const std::string path = "n" + std::string(1, static_cast<char>(byte));

    const Json json = Parse(Event(Record(path)));

    EXPECT_EQ(String(json, "path"), "n\xef\xbf\xbd");
    EXPECT_NE(String(json, "path_b64"), "(none)");
  }
}

TEST(Jsonl, CarriesLongPaths) {
  std::string path = "T";
  while (path.size() < 16384) path += "/" + std::string(255, '\n');

  const Json json = Parse(Event(Record(path)));

  EXPECT_EQ(String(json, "path"), path);
}

TEST(Jsonl, CountsTimeBeforeAndFarBehindTheEpoch) {
  record record = Record("p");
  record.time = {-1, 999999999};
  EXPECT_EQ(String(Parse(Event(record)), "time"),
            "1969-12-31T23:59:59.999999999Z");

  record.time = {253402300799, 0};
  EXPECT_EQ(String(Parse(Event(record)), "time"),
            "9999-12-31T23:59:59.000000000Z");
}

}  // namespace
}  // namespace rn
