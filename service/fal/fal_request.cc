// Writes an order as fal's JSON, piece by piece into one string, because a picture in it may be as large as
// 64 MiB.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/base64.h"
#include "base/loose_text.h"
#include "base/picture_type.h"
#include "service/catalogue/size.h"
#include "service/fal/fal_json.h"
#include "service/order/data_uri.h"
#include "service/order/extra_value.h"
#include "service/order/image_source.h"
#include "service/order/tolerance.h"
#include "service/order/validate_extra.h"
#include "service/order/value.h"

namespace flux::service {
namespace {

using Json = nlohmann::json;
using google::protobuf::Struct;
using google::protobuf::Value;

// nlohmann writes numbers the same way in every locale.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// An upper bound for everything but pictures, which are counted exactly.
std::size_t BodySize(const Order& order) {
  std::size_t size =
      1024 + 2 * (order.prompt.value_or("").size() + order.negative_prompt.value_or("").size());
  const auto add = [&size](const v1::ImageInput& image) {
    size += image.url().size() + image.data_uri().size() + Base64Size(image.data().size()) + 64;
  };
  if (order.image) add(*order.image);
  if (order.mask) add(*order.mask);
  if (order.images) std::ranges::for_each(*order.images, add);
  if (order.extra) size += 2 * order.extra->ByteSizeLong();
  return size;
}

// Builds one JSON object.
class Writer {
 public:
  explicit Writer(const Order& order) : order_(order) { body_.reserve(BodySize(order)); }

  void Write(const ModelRow& row, const FieldRule& rule) {
    if (rule.fal_name.empty()) return;
    if (rule.field == Field::kSafetyTolerance && row.tolerance == ToleranceStyle::kSwitchesChecker) {
      WriteSwitch(rule);
    } else if (rule.field == Field::kSafetyTolerance && row.tolerance == ToleranceStyle::kNumber) {
      WriteToleranceNumber(rule);
    } else if (rule.field == Field::kSafetyTolerance) {
      if (order_.safety_tolerance) WriteValue(rule.fal_name, ToleranceText(*order_.safety_tolerance));
    } else if (rule.field == Field::kImageSize && IsRatio(row.size)) {
      WriteRatio(rule);
    } else if (rule.field == Field::kImages && !rule.list) {
      if (order_.images && !order_.images->empty()) WriteValue(rule.fal_name, &order_.images->Get(0));
    } else if (rule.field == Field::kImage && rule.list) {
      if (order_.image) WriteOnly(rule.fal_name, *order_.image);
    } else if (rule.field == Field::kExtra) {
      WriteExtra(rule);
    } else {
      std::visit([&](const auto& value) { WriteValue(rule.fal_name, value); }, ValueOf(order_, rule.field));
    }
  }

  std::string Finish() && {
    if (body_.empty()) body_ += '{';
    body_ += '}';
    // The text waits as long as the picture takes; beside pictures of its own the room it did not need is
    // nothing.
    constexpr std::size_t kSmall = 16 * 1024;
    if (body_.size() < kSmall) body_.shrink_to_fit();
    return std::move(body_);
  }

 private:
  // fal-api §1.7: fal's own default is on, so only "off" is sent. A caller who set the switch itself has said
  // it all.
  void WriteSwitch(const FieldRule& rule) {
    if (order_.safety_tolerance == "6" && !order_.enable_safety_checker) WriteValue(rule.fal_name, false);
  }

  void WriteToleranceNumber(const FieldRule& rule) {
    if (!order_.safety_tolerance) return;
    const std::optional<std::uint64_t> number = DigitsIn(ToleranceText(*order_.safety_tolerance));
    if (number) WriteValue(rule.fal_name, *number);
  }

  // One picture where fal takes a list.
  void WriteOnly(std::string_view name, const v1::ImageInput& image) {
    Begin(name);
    body_ += '[';
    AppendImage(image);
    body_ += ']';
  }

  void WriteRatio(const FieldRule& rule) {
    if (!order_.image_size) return;
    if (const auto ratio = ToRatio(*order_.image_size, rule.allowed)) WriteValue(rule.fal_name, *ratio);
  }

  void WriteExtra(const FieldRule& rule) {
    if (!order_.extra) return;
    const auto value = order_.extra->fields().find(rule.fal_name);
    if (value == order_.extra->fields().end()) return;
    Value room;
    const Value* read = ReadExtra(rule, value->second, room);
    if (read == nullptr) return;
    Begin(rule.fal_name);
    if (rule.type == v1::PARAMETER_TYPE_IMAGE && read->has_string_value()) {
      AppendPicture(read->string_value());
    } else {
      AppendJson(*read);
    }
  }

  void WriteValue(std::string_view, std::monostate) {}
  void WriteValue(std::string_view, const Struct*) {}  // WriteExtra

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void WriteValue(std::string_view name, Number value) {
    Begin(name);
    body_ += Dump(Json(value));
  }

  void WriteValue(std::string_view name, std::string_view text) {
    Begin(name);
    AppendText(text);
  }

  void WriteValue(std::string_view name, const v1::ImageInput* image) {
    Begin(name);
    AppendImage(*image);
  }

  void WriteValue(std::string_view name, const ImageList* images) {
    Begin(name);
    AppendList(*images, [this](const v1::ImageInput& image) { AppendImage(image); });
  }

  void WriteValue(std::string_view name, const LoraList* loras) {
    Begin(name);
    AppendList(*loras, [this](const v1::Lora& lora) {
      Json json{{"path", Trimmed(lora.path())}};
      if (lora.has_scale()) json["scale"] = lora.scale();
      body_ += Dump(json);
    });
  }

  void WriteValue(std::string_view name, const v1::ImageSize* image_size) {
    const auto size = ToFalSize(*image_size);
    if (!size) return;
    if (!size->preset.empty()) return WriteValue(name, size->preset);
    Begin(name);
    body_ += Dump(Json{{"width", size->width}, {"height", size->height}});
  }

  void Begin(std::string_view name) {
    body_ += body_.empty() ? '{' : ',';
    AppendText(name);
    body_ += ':';
  }

  // Text without anything to escape, data URIs above all, is copied once.
  void AppendText(std::string_view text) {
    const bool plain =
        std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    if (plain) {
      body_.append(1, '"').append(text).append(1, '"');
    } else {
      body_ += Dump(Json(text));
    }
  }

  template <typename List, typename Append>
  void AppendList(const List& list, Append append) {
    body_ += '[';
    bool first = true;
    for (const auto& member : list) {
      if (!std::exchange(first, false)) body_ += ',';
      append(member);
    }
    body_ += ']';
  }

  // A picture said as text: a URL or a data URI.
  void AppendPicture(std::string_view text) {
    if (DataUriProblem(text)) return AppendText(Trimmed(text));
    body_ += '"';
    AppendDataUri(text, body_);
    body_ += '"';
  }

  void AppendImage(const v1::ImageInput& image) {
    switch (image.source_case()) {
      case v1::ImageInput::kUrl:
        return AppendText(Trimmed(image.url()));
      case v1::ImageInput::kDataUri:
        return AppendPicture(image.data_uri());
      case v1::ImageInput::kData:
        return AppendBytes(image.data());
      case v1::ImageInput::SOURCE_NOT_SET:
        return AppendText("");
    }
  }

  // JSON numbers have one type in flux.v1; fal's fields for whole numbers want them without a point.
  void AppendNumber(double number) {
    const bool whole = std::abs(number) <= kMaxExtraInteger && number == std::trunc(number);
    body_ += whole ? Dump(Json(static_cast<std::int64_t>(number))) : Dump(Json(number));
  }

  // Members in the order of their names, so that equal requests are equal texts.
  void AppendObject(const Struct& object) {
    std::vector<std::pair<std::string_view, const Value*>> members;
    for (const auto& [name, value] : object.fields()) members.emplace_back(name, &value);
    std::ranges::sort(members, {}, &std::pair<std::string_view, const Value*>::first);
    body_ += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) body_ += ',';
      AppendText(members[i].first);
      body_ += ':';
      AppendJson(*members[i].second);
    }
    body_ += '}';
  }

  void AppendJson(const Value& value) {
    switch (value.kind_case()) {
      case Value::kNumberValue:
        return AppendNumber(value.number_value());
      case Value::kStringValue:
        return AppendText(value.string_value());
      case Value::kBoolValue:
        body_ += value.bool_value() ? "true" : "false";
        return;
      case Value::kStructValue:
        return AppendObject(value.struct_value());
      case Value::kListValue:
        return AppendList(value.list_value().values(), [this](const Value& member) { AppendJson(member); });
      default:
        body_ += "null";
    }
  }

  void AppendBytes(std::string_view bytes) {
    body_.append("\"data:").append(SniffImage(bytes)).append(";base64,");
    AppendBase64(bytes, body_);
    body_ += '"';
  }

  const Order& order_;
  std::string body_;
};

}  // namespace

std::string ToFalJson(const ModelRow& row, const Order& order) {
  Writer writer(order);
  for (const FieldRule& rule : row.rules) writer.Write(row, rule);
  return std::move(writer).Finish();
}

}  // namespace flux::service
