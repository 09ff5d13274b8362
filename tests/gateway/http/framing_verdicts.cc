// framing_verdicts: prints, for every file of the directories it is given and every hostile row, one JSON
// line: the bytes and what our side of the edge reads out of them on one connection. second_parser.js
// compares that with another parser's reading.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/chunked_body.h"
#include "gateway/http/engine.h"
#include "gateway/http/framing.h"
#include "tests/gateway/http/hostile_rows.h"

namespace flux::gateway {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

nlohmann::json Read(std::string_view input) {
  nlohmann::json requests = nlohmann::json::array();
  Engine engine;
  Head head;
  while (FrameHead(input, HeadLimits{}, head).verdict == Verdict::kComplete && engine.Interpret(head)) {
    nlohmann::json fields = nlohmann::json::array();
    for (const HeaderField& field : head.fields) {
      fields.push_back(Hex(field.name));
      fields.push_back(Hex(field.value));
    }
    std::string body;
    std::string_view rest = input.substr(head.size);
    if (head.chunked) {
      ChunkedBody decoder(1'000'000);
      std::size_t consumed = 0;
      if (decoder.Feed(rest, body, consumed).verdict != Verdict::kComplete) break;
      rest.remove_prefix(consumed);
    } else {
      if (head.content_length > rest.size()) break;
      body = rest.substr(0, static_cast<std::size_t>(head.content_length));
      rest.remove_prefix(body.size());
    }
    requests.push_back({{"method", Hex(head.method)},
                        {"target", Hex(head.target)},
                        {"fields", fields},
                        {"body", Hex(body)}});
    if (!head.keep_alive) break;
    input = rest;
  }
  return requests;
}

void Print(const std::string& name, const std::string& bytes) {
  const nlohmann::json line{{"name", name}, {"bytes", Hex(bytes)}, {"requests", Read(bytes)}};
  std::printf("%s\n", line.dump().c_str());
}

}  // namespace
}  // namespace flux::gateway

int main(int argc, char** argv) {
  for (const auto& row : flux::gateway::HostileRows()) flux::gateway::Print(row.name, row.bytes);
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      flux::gateway::Print(entry.path().filename(), {std::istreambuf_iterator<char>(in), {}});
    }
  }
}
