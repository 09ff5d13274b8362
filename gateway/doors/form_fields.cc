// Sorts parts into text and files.
#include "gateway/doors/form_fields.h"

#include <cstddef>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "gateway/http/multipart.h"

namespace flux::gateway {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kList = "[]";
constexpr std::size_t kMostShown = 64;  // bytes of a caller's own

bool IsUtf8(const std::string& text) {
  return Json::parse(QuoteJson(text)).get_ref<const std::string&>() == text;
}

// The value of a part that is no file, or what is wrong with it.
std::string_view ReadText(const FormPart& part, Json& value) {
  if (part.content_type == "application/json") {
    Result<Json> json = ParseJson(part.content);
    if (!json) return "is no JSON, though its part says Content-Type: application/json";
    value = *std::move(json);
    return {};
  }
  std::string text(part.content);
  if (!IsUtf8(text)) return "must be text in UTF-8";
  value = std::move(text);
  return {};
}

// Collects what comes under each name.
class Sorter {
 public:
  Sorter(const std::function<FormName(std::string_view)>& name_of, FormFields& out)
      : name_of_(name_of), out_(out) {}

  void Add(const FormPart& part, std::size_t index) {
    std::string_view name = part.name;
    const bool list = name.ends_with(kList) && name.size() > kList.size();
    if (list) name.remove_suffix(kList.size());
    const FormName known = name_of_(name);
    if (part.file) {
      AddFile(name, part, known, index);
    } else {
      AddText(name, part, list, list || known.repeated);
    }
  }

  const std::vector<std::size_t>& files() const { return files_; }
  std::vector<Violation>& violations() { return violations_; }

 private:
  void AddFile(std::string_view name, const FormPart& part, const FormName& known, std::size_t index) {
    if (!known.file) return Refuse(name, "must be text, not a file; leave out the file name of its part");
    if (part.content.empty()) return;  // what a browser sends for a file that nobody chose
    out_.files.push_back({std::string(name), {}});
    files_.push_back(index);
  }

  void AddText(std::string_view name, const FormPart& part, bool list, bool repeated) {
    Json value;
    if (const std::string_view wrong = ReadText(part, value); !wrong.empty()) return Refuse(name, wrong);
    Json& member = out_.object[std::string(name)];
    if (member.is_null()) {
      member = list ? Json::array({std::move(value)}) : std::move(value);
    } else if (!repeated) {
      Refuse(name, "is there twice");
    } else {
      if (!member.is_array()) member = Json::array({std::move(member)});
      member.push_back(std::move(value));
    }
  }

  void Refuse(std::string_view name, std::string_view why) {
    constexpr std::size_t kMost = 20;  // then the point is made
    if (violations_.size() < kMost) violations_.push_back({Shorten(name, kMostShown), std::string(why)});
  }

  const std::function<FormName(std::string_view)>& name_of_;
  FormFields& out_;
  std::vector<std::size_t> files_;  // where the content of each of out_.files is
  std::vector<Violation> violations_;
};

}  // namespace

Result<FormFields> ReadFormFields(std::string_view content_type, std::string body,
                                  const std::function<FormName(std::string_view name)>& name_of) {
  Result<Form> form = Form::Read(content_type, std::move(body));
  if (!form) return std::move(form).error();
  FormFields fields;
  Sorter sorter(name_of, fields);
  for (std::size_t i = 0; i < form->parts().size(); ++i) sorter.Add(form->parts()[i], i);
  if (!sorter.violations().empty()) return InvalidFields(std::move(sorter.violations()));
  std::vector<std::string> contents = (*std::move(form)).TakeContents(sorter.files());
  for (std::size_t i = 0; i < contents.size(); ++i) fields.files[i].content = std::move(contents[i]);
  return fields;
}

}  // namespace flux::gateway
