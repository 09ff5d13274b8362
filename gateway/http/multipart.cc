// Looks for the boundary, then reads each part's header lines.
#include "gateway/http/multipart.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

Status Wrong(std::string what) {
  Status status(Reason::kInvalidForm, "the form cannot be read: " + what);
  status.violations.push_back({"", std::move(what)});
  return status;
}

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower({text.data(), text.size()});
}

// What stands before the parameters of a header value.
std::string_view Essence(std::string_view value) {
  return TrimWhitespace(value.substr(0, value.find(';')));
}

// One parameter of a header value: ;name=token or ;name="text". Of the escapes that programs use in file
// names and names of fields, \" and \\ are undone; what others mean is not for us to guess.
struct Parameter {
  std::string name;
  std::string value;
};

// Cuts the quoted text off, of which `rest` is what follows the opening quote; false where it has no end.
bool TakeQuoted(std::string_view& rest, std::string& value) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return true;
    }
    const bool escape = rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    value += escape ? rest[++i] : rest[i];
  }
  return false;
}

// The parameters behind the essence; nullopt where they are not written as such.
std::optional<std::vector<Parameter>> Parameters(std::string_view value) {
  std::vector<Parameter> list;
  std::string_view rest = value.substr(std::min(value.find(';'), value.size()));
  for (;;) {
    rest = TrimWhitespace(rest);
    if (rest.empty()) return list;
    if (rest.front() != ';') return std::nullopt;
    rest = TrimWhitespace(rest.substr(1));
    if (rest.empty()) return list;  // some end with a semicolon
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos || !IsToken(rest.substr(0, equals))) return std::nullopt;
    Parameter parameter{.name = Lower(rest.substr(0, equals)), .value = {}};
    rest.remove_prefix(equals + 1);
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      if (!TakeQuoted(rest, parameter.value)) return std::nullopt;
    } else {
      const std::size_t end = std::min(rest.find_first_of("; \t"), rest.size());
      parameter.value = rest.substr(0, end);
      rest.remove_prefix(end);
    }
    list.push_back(std::move(parameter));
  }
}

// The only one of this name; nullptr where there is none, or more than one and `twice` is set.
const std::string* Only(const std::vector<Parameter>& list, std::string_view name, bool& twice) {
  const std::string* found = nullptr;
  for (const Parameter& parameter : list) {
    if (parameter.name != name) continue;
    twice = twice || found != nullptr;
    found = &parameter.value;
  }
  return twice ? nullptr : found;
}

// RFC 2046 §5.1.1.
bool IsBoundary(std::string_view text) {
  constexpr std::size_t kMost = 70;
  const auto allowed = [](char c) {
    constexpr std::string_view kSpecial = "'()+_,-./:=? ";
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kSpecial.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= kMost && text.back() != ' ' && std::ranges::all_of(text, allowed);
}

Result<std::string> BoundaryOf(std::string_view content_type) {
  const auto parameters = Parameters(content_type);
  bool twice = false;
  const std::string* boundary = parameters ? Only(*parameters, "boundary", twice) : nullptr;
  if (boundary == nullptr) {
    return Wrong(
        "the Content-Type header has no boundary that can be read; leave the header to your HTTP library");
  }
  if (!IsBoundary(*boundary)) {
    return Wrong("the boundary must have 1 to 70 letters, digits and '()+_,-./:=? and no space at its end");
  }
  return *boundary;
}

// Finds the lines "--boundary" and "--boundary--", each with the line end before it. Linear whatever the body
// holds: only a carriage return begins a comparison, and a boundary has none.
class Delimiters {
 public:
  Delimiters(std::string_view body, const std::string& boundary)
      : body_(body), delimiter_(std::string(kLineEnd) + "--" + boundary) {}

  struct Found {
    std::size_t begin;  // of the line end before it; at the body's begin there may be none
    std::size_t end;    // of its own line end
    bool last;
  };

  // The first at or after `from`; nullopt: there is none.
  std::optional<Found> Next(std::size_t from) const {
    if (from == 0 && body_.starts_with(std::string_view(delimiter_).substr(kLineEnd.size()))) {
      if (auto found = Ended(0, delimiter_.size() - kLineEnd.size())) return found;
    }
    for (;;) {
      const std::size_t begin = body_.find(delimiter_, from);
      if (begin == std::string_view::npos) return std::nullopt;
      if (auto found = Ended(begin, begin + delimiter_.size())) return found;
      from = begin + kLineEnd.size();  // a longer word that starts alike: content
    }
  }

 private:
  // What follows the boundary: two dashes, then nothing that counts; or white space and a line end.
  std::optional<Found> Ended(std::size_t begin, std::size_t at) const {
    if (body_.substr(at, 2) == "--") return Found{begin, at + 2, true};
    while (at < body_.size() && (body_[at] == ' ' || body_[at] == '\t')) ++at;
    if (body_.substr(at, kLineEnd.size()) != kLineEnd) return std::nullopt;
    return Found{begin, at + kLineEnd.size(), false};
  }

  const std::string_view body_;
  const std::string delimiter_;
};

// What is wrong with a part's type; empty: nothing. Bytes are taken as they are, text as UTF-8.
std::string_view TypeFault(const std::string& type, const std::string* charset) {
  if (type.starts_with("multipart/")) {
    return "is itself a form; send each file as a part of its own";
  }
  if (charset == nullptr) return {};
  const std::string name = Lower(*charset);
  const bool known = name == "utf-8" || name == "us-ascii";
  return known ? std::string_view() : "has a charset other than UTF-8";
}

// Reads one header line into `part`; says what is wrong with it, or nothing.
class HeadReader {
 public:
  explicit HeadReader(FormPart& part) : part_(part) {}

  std::string_view Read(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
      return "has a header line that is none; each reads Name: value, on one line";
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = TrimWhitespace(line.substr(colon + 1));
    if (!IsFieldValue(value)) return "has a header line with control characters";
    if (EqualsIgnoreCase(name, "content-disposition")) return ReadDisposition(value);
    if (EqualsIgnoreCase(name, "content-type")) return ReadType(value);
    if (EqualsIgnoreCase(name, "content-transfer-encoding")) return ReadEncoding(value);
    return {};
  }

  bool named() const { return disposition_; }

 private:
  std::string_view ReadDisposition(std::string_view value) {
    constexpr std::string_view kWanted =
        R"(must have one line Content-Disposition: form-data; name="FIELD", perhaps with ; filename="NAME")";
    const auto parameters = Parameters(value);
    if (disposition_ || !parameters || !EqualsIgnoreCase(Essence(value), "form-data")) return kWanted;
    bool twice = false;
    const std::string* name = Only(*parameters, "name", twice);
    const std::string* file = Only(*parameters, "filename", twice);
    if (twice || name == nullptr || name->empty()) return kWanted;
    const bool extended = Only(*parameters, "filename*", twice) != nullptr;  // RFC 7578 §4.2 forbids it
    disposition_ = true;
    part_.name = *name;
    part_.file = file != nullptr || extended;
    return {};
  }

  std::string_view ReadType(std::string_view value) {
    if (typed_) return "has two lines Content-Type";
    typed_ = true;
    part_.content_type = Lower(Essence(value));
    const auto parameters = Parameters(value);
    if (!parameters) return TypeFault(part_.content_type, nullptr);  // decides nothing
    bool twice = false;
    return TypeFault(part_.content_type, Only(*parameters, "charset", twice));
  }

  static std::string_view ReadEncoding(std::string_view value) {
    for (const std::string_view plain : {"binary", "8bit", "7bit"}) {
      if (EqualsIgnoreCase(value, plain)) return {};
    }
    return "has a Content-Transfer-Encoding; send the bytes as they are, without it";
  }

  FormPart& part_;
  bool disposition_ = false;
  bool typed_ = false;
};

// The header lines of the part that begins `rest`, which is then its content; what is wrong, or nothing.
std::string ReadHead(std::string_view& rest, std::size_t most, FormPart& part) {
  HeadReader reader(part);
  std::size_t read = 0;
  for (;;) {
    const std::size_t end = rest.substr(0, most - read + kLineEnd.size()).find(kLineEnd);
    if (end == std::string_view::npos) {
      return "has no empty line within " + std::to_string(most) + " bytes, after its header lines";
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + kLineEnd.size());
    read += end + kLineEnd.size();
    if (line.empty()) break;
    if (const std::string_view wrong = reader.Read(line); !wrong.empty()) return std::string(wrong);
    if (read >= most) return "has more than " + std::to_string(most) + " bytes of header lines";
  }
  if (!reader.named()) return R"(has no line Content-Disposition: form-data; name="FIELD")";
  return {};
}

}  // namespace

bool SaysForm(std::string_view content_type) {
  return EqualsIgnoreCase(Essence(content_type), "multipart/form-data");
}

Result<Form> Form::Read(std::string_view content_type, std::string body, const FormLimits& limits) {
  if (!SaysForm(content_type)) return Wrong("its Content-Type is not multipart/form-data");
  const Result<std::string> boundary = BoundaryOf(content_type);
  if (!boundary) return boundary.error();
  Form form(std::move(body));
  const std::string_view whole = *form.body_;
  const Delimiters delimiters(whole, *boundary);
  auto at = delimiters.Next(0);
  if (!at) return Wrong("no line of the body is the boundary that the Content-Type header says");
  std::size_t text = 0;
  while (!at->last) {
    if (form.parts_.size() == limits.parts)
      return Wrong("it has more than " + std::to_string(limits.parts) + " parts");
    const std::string number = "part " + std::to_string(form.parts_.size() + 1);
    // The line end of a delimiter may be the one before the next: a part without anything.
    const auto next = delimiters.Next(at->end - kLineEnd.size());
    if (!next) return Wrong("it does not end with the boundary and two dashes; part of it may be missing");
    if (next->begin < at->end) return Wrong(number + " is empty");
    FormPart part;
    std::string_view rest = whole.substr(at->end, next->begin - at->end);
    if (const std::string wrong = ReadHead(rest, limits.head_bytes, part); !wrong.empty()) {
      return Wrong(absl::StrCat(number, " ", wrong));
    }
    if (part.name.size() > limits.name_bytes) {
      return Wrong("the name of " + number + " is longer than " + std::to_string(limits.name_bytes) +
                   " bytes");
    }
    part.content = rest;
    if (!part.file) text += rest.size();
    if (text > limits.text_bytes) {
      return Wrong("its fields of text have more than " + std::to_string(limits.text_bytes) +
                   " bytes together; a file needs a file name");
    }
    form.parts_.push_back(std::move(part));
    at = next;
  }
  return form;
}

std::vector<std::string> Form::TakeContents(std::span<const std::size_t> indexes) && {
  const auto size = [this](std::size_t index) { return parts_[index].content.size(); };
  const auto largest = std::ranges::max_element(indexes, {}, size);
  std::vector<std::string> contents(indexes.size());
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (&indexes[i] != &*largest) contents[i] = parts_[indexes[i]].content;
  }
  if (indexes.empty()) return contents;
  const std::string_view kept = parts_[*largest].content;
  const auto begin = static_cast<std::size_t>(kept.data() - body_->data());
  body_->resize(begin + kept.size());
  body_->erase(0, begin);
  contents[static_cast<std::size_t>(largest - indexes.begin())] = std::move(*body_);
  parts_.clear();
  return contents;
}

}  // namespace flux::gateway
