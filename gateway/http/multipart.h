// multipart: a multipart/form-data body taken apart (RFC 7578, RFC 2046 §5.1). Strict about what readers
// could understand in two ways, and bounded. Knows nothing of fields, of pictures or of files: names of files
// and types of parts decide nothing. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flux::gateway {

// One part: a field of a form.
struct FormPart {
  std::string name;          // as sent, never empty
  bool file = false;         // whether it came with a file name, be that empty; the name itself is not kept
  std::string content_type;  // lower case, without parameters; empty where none is said
  std::string_view content;  // lies in the body; as sent
};

// What one form may have.
struct FormLimits {
  std::size_t parts = 128;           // no form here has more than some forty fields
  std::size_t head_bytes = 4096;     // of one part: its header lines
  std::size_t name_bytes = 256;      // of a part's name
  std::size_t text_bytes = 1 << 20;  // of all parts that are no files, together
};

// A form, with the body it came in.
class Form {
 public:
  // `content_type` is the request's header, `body` what follows the head, whole. INVALID_FORM, with what to
  // change, where it is no form: no boundary or one that is none, no end, a part without a name, a part that
  // is itself a form, an encoding of a part, header lines that can be read in two ways, more than the limits.
  static Result<Form> Read(std::string_view content_type, std::string body, const FormLimits& limits = {});

  // In the order of the body.
  const std::vector<FormPart>& parts() const { return parts_; }

  // The contents of these parts, in this order, as strings of their own; what `parts` points to is then gone.
  // The largest has the body's memory, so that it is not copied.
  std::vector<std::string> TakeContents(std::span<const std::size_t> indexes) &&;

  Form(Form&&) = default;
  Form& operator=(Form&&) = delete;

 private:
  explicit Form(std::string body) : body_(std::make_unique<std::string>(std::move(body))) {}

  std::unique_ptr<std::string> body_;  // parts point into it
  std::vector<FormPart> parts_;
};

// Whether a Content-Type says that the body is a form with files.
bool SaysForm(std::string_view content_type);

}  // namespace flux::gateway
