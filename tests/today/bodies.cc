// A prompt, a few members out of a list that mixes all kinds, and now and then something odd around them.
#include "tests/today/bodies.h"

#include <algorithm>
#include <map>

namespace flux::today {
namespace {

using Texts = std::vector<std::string>;

const Texts kNothing = {"null", "false", R"("")"};

const std::map<std::string, Texts, std::less<>>& Values() {
  static const auto& values = *new std::map<std::string, Texts, std::less<>>{
      {"prompt",
       {R"("fox")", R"(" a fox, in the snow ")", R"("f\u00fcchse")", "\"f\xc3\xbc\"", R"("\ud83e\udd8a")",
        R"("6")", R"("line\nbreak \"quoted\"")", R"("")", R"(" ")", "7", "null", R"(["fox"])", "\"caf\xe9\"",
        R"("\ud83d")"}},
      {"aspect_ratio",
       {R"("square")",
        R"("square_hd")",
        R"("portrait_4_3")",
        R"("portrait_16_9")",
        R"("landscape_4_3")",
        R"("landscape_16_9")",
        R"("16:9")",
        R"("wide")",
        "0",
        "0.0",
        "{}",
        R"({"width":1024,"height":768})",
        R"({"width":1024.0,"height":768.0})",
        R"({"width":"1024","height":" 768 "})",
        R"({"width":768})",
        R"({"height":640})",
        R"({"width":0,"height":512})",
        R"({"width":15000})",
        R"({"width":512,"height":512,"label":null})",
        R"({"width":512,"unit":"px"})",
        R"({"width":null})",
        R"({"width":true})",
        R"({"width":512.5})",
        "[]",
        "7",
        "true"}},
      {"num_inference_steps",
       {"1", "4", "12", "28", "50", "51", "0", "20.0", "20.5", R"("20")", R"(" 8 ")", R"("8\n")", R"("0")",
        R"("+9")", "-1", "true", R"("many")", "[]"}},
      {"guidance_scale",
       {"1", "3.5", "7.5", "20", "21", "0", "-0.0", "0.5", R"("3.5")", R"(" 7.5 ")", R"("1e1")", R"("+2")",
        R"(".5")", R"("3,5")", "true", R"("nan")", "{}"}},
      {"num_images",
       {"1", "2", "4", "5", "0", "0.0", "2.0", "2.5", R"("2")", R"(" 3 ")", R"("3\t")", R"("two")", "-1",
        "true", "[1]"}},
      {"safety_tolerance",
       {"6", "6.0", "2", "2.0", "0", R"("6")", R"("6.0")", R"(" 6 ")", R"("06")", R"("2")", R"("5")",
        R"("7")", R"("high")", "true", R"(["6"])", R"({"level":"6"})", R"("66666666666666666")"}},
      {"seed",
       {"0",
        "1",
        "42",
        "42.0",
        "-1",
        "-1.0",
        "-2",
        "1.5",
        "4294967296",
        "9007199254740991",
        "9007199254740993",
        R"("42")",
        R"(" 42 ")",
        R"("-1")",
        R"("-2")",
        R"("0")",
        R"("9007199254740993")",
        R"("abc")",
        "true",
        "[]"}},
      {"image_size", {R"("square")", R"({"width":640})", "0"}},
      {"enable_safety_checker", {"true", "0", "1", R"("true")", R"("false")", R"("0")"}},
      {"output_format", {R"("png")", R"("jpeg")", R"(" jpeg ")", R"("bmp")"}},
      {"sync_mode", {"true", R"("false")", R"("True")", "0"}},
      {"acceleration", {R"("none")", R"("high")"}},
  };
  return values;
}

// Names that the worker dropped: of another model's, nearly known, and nobody's.
const Texts kDropped = {"negative_prompt",
                        "scheduler",
                        "image_url",
                        "strength",
                        "loras",
                        "nag_scale",
                        "numImages",
                        "promt",
                        "image_sise",
                        "num_image",
                        "Seed",
                        "aspectRatio",
                        "seeds",
                        "user",
                        "n",
                        "model",
                        "seen",
                        "speed",
                        "draw",
                        "user-id",
                        "response_format",
                        "cfg_scale",
                        "size",
                        "quality",
                        "style",
                        "",
                        "__proto__",
                        "\\u0070rompt2"};

const Texts kAnything = {"1",
                         "-1.5",
                         R"("text")",
                         "true",
                         "{}",
                         R"({"a":[1,{"b":null}]})",
                         "[]",
                         "9007199254740993",
                         "[[[[]]]]",
                         R"("\ud83d")",
                         "\"\xff\"",
                         "1e999",
                         "-0",
                         "\"\xf0\x9f\xa6\x8a\"",
                         R"([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]])"};

const Texts kOften = {"aspect_ratio", "num_inference_steps", "guidance_scale",
                      "num_images",   "safety_tolerance",    "seed"};
const Texts kSeldom = {"image_size", "enable_safety_checker", "output_format", "sync_mode", "acceleration"};

const Texts kTypes = {"application/json",
                      "application/json; charset=utf-8",
                      "application/json, application/json",
                      "*/*",
                      "application/octet-stream",
                      "text/html",
                      "text/plain;charset=UTF-8",
                      "application/x-www-form-urlencoded",
                      "",
                      ";;",
                      "multipart/form-data; boundary=x"};

const Texts kQueries = {"", "tags[]=a", "off=50%", "a=b&a=c", "\xff=\x01", "?", "{}"};

}  // namespace

const std::string& Bodies::OneOf(const std::vector<std::string>& texts) {
  return texts[Below(static_cast<std::uint32_t>(texts.size()))];
}

std::string Bodies::Space() {
  return Once(4) ? OneOf({" ", "\n", "\t ", "\r\n  "}) : "";
}

std::string Bodies::Value(std::string_view name) {
  const auto known = Values().find(name);
  if (Once(6)) return OneOf(kNothing);
  if (known == Values().end() || Once(40)) return OneOf(kAnything);
  return OneOf(known->second);
}

std::string Bodies::Member(std::string_view name) {
  return Space() + '"' + std::string(name) + '"' + Space() + ':' + Space() + Value(name) + Space();
}

Sent Bodies::Next() {
  std::vector<std::string> members = {Once(5) ? Member("prompt") : R"("prompt":"fox")"};
  for (std::uint32_t more = Below(4); more > 0; --more) {
    const std::uint32_t which = Below(10);
    members.push_back(Member(which < 7 ? OneOf(kOften) : which < 8 ? OneOf(kSeldom) : OneOf(kDropped)));
  }
  for (int i = Once(200) ? 65 : 0; i > 0; --i) members.push_back("\"foreign" + std::to_string(i) + "\":1");
  if (Once(2)) std::rotate(members.begin(), members.begin() + 1, members.end());
  std::string body = Space() + "{";
  for (const std::string& member : members) body += (&member == &members.front() ? "" : ",") + member;
  body += "}" + Space();
  if (Once(30)) body.insert(0, "\xEF\xBB\xBF");
  if (Once(60)) body.resize(Below(static_cast<std::uint32_t>(body.size())));
  if (Once(60)) body += std::string(1, '\0') + "{}";
  if (Once(80)) body = OneOf({"[]", "null", "7", R"("fox")", "prompt=fox", "", "{}"});
  Sent sent{.model = OneOf({"text-to-image/dev", "text-to-image/dev", "text-to-image/pro",
                            "text-to-image/schnell", "image-to-image"}),
            .body = std::move(body)};
  if (Once(3)) sent.type = OneOf(kTypes);
  if (Once(40)) sent.coding = OneOf({"identity", "Identity", "gzip", "identity, br"});
  if (Once(4)) sent.query = OneOf(kQueries);
  return sent;
}

}  // namespace flux::today
