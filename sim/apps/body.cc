// Parses a body with a SAX handler that builds the value and counts its depth and size, so that no body can
// exhaust the simulator.
#include "sim/apps/body.h"

#include <absl/strings/ascii.h>

#include <vector>

namespace flux::sim {
namespace {

class BoundedBuilder final : public nlohmann::json_sax<Given> {
 public:
  Given root;
  std::string why;
  std::size_t position = 0;

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Given::object()); }
  bool start_array(std::size_t) override { return Open(Given::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    slot_ = &(*open_.back())[std::move(name)];
    return true;
  }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& error) override {
    position = at;
    // The library's text quotes what it read last; only its last part says what was expected.
    const std::string text = error.what();
    const auto dash = text.rfind("; ");
    why = dash == std::string::npos ? "Expecting value" : text.substr(dash + 2);
    return false;
  }

 private:
  Given* Place(Given value) {
    if (open_.empty()) return &(root = std::move(value));
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::move(value));
    return &(*slot_ = std::move(value));
  }

  bool Put(Given value) {
    Place(std::move(value));
    return Count();
  }

  bool Open(Given empty) {
    if (open_.size() == kMostNesting) {
      why = "Recursion limit reached";
      return false;
    }
    Given* const opened = Place(std::move(empty));
    open_.push_back(opened);
    return Count();
  }

  bool Count() {
    if (++values_ <= kMostValues) return true;
    why = "Too many values";
    return false;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  std::size_t values_ = 0;
  std::vector<Given*> open_;
  Given* slot_ = nullptr;  // where the value of the last key goes
};

bool IsJson(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  absl::StripAsciiWhitespace(&type);
  absl::AsciiStrToLower(&type);
  return type.empty() || type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

}  // namespace

ParsedJson ParseJson(std::string_view text) {
  // The library takes a NUL for the end of the text.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return {std::nullopt, "Expecting value", nul};
  }
  BoundedBuilder builder;
  if (!Given::sax_parse(text, &builder)) return {std::nullopt, builder.why, builder.position};
  return {std::move(builder.root), {}, 0};
}

std::optional<Given> ReadBody(std::string_view content_type, std::string_view body, Problems& problems) {
  const Json loc = {"body"};
  if (body.empty()) {
    problems.Missing(loc, nullptr);
    return std::nullopt;
  }
  if (!IsJson(content_type)) {
    problems.WrongKind(loc, Misfit::kObject, std::string(body));
    return std::nullopt;
  }
  ParsedJson parsed = ParseJson(body);
  if (!parsed.value) problems.NotJson(parsed.position, parsed.why);
  return std::move(parsed.value);
}

}  // namespace flux::sim
