// form_fields: a form (gateway/http/multipart.h) as the JSON object that it stands for, and its files beside
// it. The same for all doors; which names take files is theirs to say.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flux::gateway {

// A file that a form brought.
struct FormFile {
  std::string field;    // without "[]" at its end
  std::string content;  // as sent, not empty
};

struct FormFields {
  // Text as strings, or as the JSON that a part of type application/json holds. A name that ends in "[]"
  // loses that and is a list, and so is a name of text that may be repeated.
  nlohmann::json object = nlohmann::json::object();
  std::vector<FormFile> files;  // in the order of the form; of those without content there are none
};

// What a door says of a name, without "[]".
struct FormName {
  bool file = false;      // may be a file
  bool repeated = false;  // may be there more than once
};

// Reads a whole body. INVALID_FORM, or INVALID_FIELD with all that is wrong with names and their kinds: a
// file where text is wanted, a name twice that is no list, text that is not UTF-8 or no JSON though it says
// so.
Result<FormFields> ReadFormFields(std::string_view content_type, std::string body,
                                  const std::function<FormName(std::string_view name)>& name_of);

}  // namespace flux::gateway
