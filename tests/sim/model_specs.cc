// What fal documents of each model, written down apart from the simulator's own rows.
#include "tests/sim/model_specs.h"

#include <algorithm>
#include <sstream>

namespace flux::sim {
namespace {

// Takes what stands between `open` and `close` out of `text`; empty when there is no such pair.
std::string Take(std::string& text, char open, char close) {
  const auto start = text.find(open);
  if (start == std::string::npos) return {};
  const auto end = text.find(close, start);
  std::string inside = text.substr(start + 1, end - start - 1);
  text.erase(start, end - start + 1);
  return inside;
}

FieldSpec ReadField(std::string text) {
  FieldSpec field;
  std::istringstream choices(Take(text, '{', '}'));
  for (std::string choice; std::getline(choices, choice, ',');) field.choices.push_back(choice);
  // "[]" is the default of a list, not a range.
  if (text.find("..") != std::string::npos) {
    const bool list = text.find("[][") != std::string::npos;
    if (list) text.erase(text.find("[]"), 2);
    const std::string range = Take(text, '[', ']');
    if (list) text += "[]";
    field.least = range.substr(0, range.find(".."));
    field.most = range.substr(range.find("..") + 2);
  }
  if (const auto equals = text.find('='); equals != std::string::npos) {
    field.fallback = text.substr(equals + 1);
    text.erase(equals);
  }
  const auto colon = text.find(':');
  field.type = text.substr(colon + 1);
  field.name = text.substr(0, colon);
  const auto flag = [&field](char mark) {
    const bool set = field.name.ends_with(mark);
    if (set) field.name.pop_back();
    return set;
  };
  field.nullable = flag('?');
  field.required = flag('!');
  std::ranges::replace(field.fallback, '_', field.type == "text" ? ' ' : '_');
  if (field.type == "text" || field.type == "choice" || field.type == "size") {
    if (!field.fallback.empty() && field.fallback[0] != '"') field.fallback = '"' + field.fallback + '"';
  }
  return field;
}

using std::string;

const string kSize = " image_size:size=landscape_4_3";
const string kSizeOfInput = " image_size?:size";
const string kGuidance = " guidance_scale:num=3.5[1..20]";
const string kCounted = " num_images:int=1[1..4] seed?:int sync_mode:bool=false";
const string kJpeg = kCounted + " output_format:choice=jpeg{jpeg,png}";
const string kPng = kCounted + " output_format:choice=png{jpeg,png}";
const string kChecker = " enable_safety_checker:bool=true";
const string kAccel2 = " acceleration:choice=none{none,regular}";
const string kAccel3 = " acceleration:choice=none{none,regular,high}";
const string kAccel3On = " acceleration:choice=regular{none,regular,high}";
const string kTol6 = " safety_tolerance:choice=2{1,2,3,4,5,6}";
const string kEnhance = " enhance_prompt:bool=false";
const string kAr9 = "{21:9,16:9,4:3,3:2,1:1,2:3,3:4,9:16,9:21}";
const string kLoras = " loras:objects=[]";

const string kDev = "prompt!:text num_inference_steps:int=28[1..50]" + kSize + kGuidance + kChecker + kJpeg;
const string kSchnell =
    "prompt!:text num_inference_steps:int=4[1..12]" + kSize + kGuidance + kChecker + kJpeg;
const string kImageToImage =
    "prompt!:text image_url!:image num_inference_steps:int=40[10..50] strength:num=0.95[0.01..1]" +
    kGuidance + kChecker + kJpeg;
const string kDevRedux =
    "image_url!:image num_inference_steps:int=28[1..50]" + kSize + kGuidance + kChecker + kJpeg;
const string kSchnellRedux = "image_url!:image num_inference_steps:int=4[1..12]" + kSize + kChecker + kJpeg;

const string kProDials = " num_inference_steps:int=28[1..50]" + kGuidance;
const string kUltra =
    " image_prompt_strength:num=0.1[0..1] aspect_ratio:text=16:9 raw:bool=false" + kEnhance + kTol6 + kJpeg;
const string kProRedux = "prompt:text=\"\" image_url!:image" + kSize + kProDials + kEnhance + kTol6 + kJpeg;

const string kKontextEnd = kGuidance + kTol6 + kEnhance + kJpeg;
const string kKontext = "prompt!:text image_url!:image aspect_ratio?:choice" + kAr9 + kKontextEnd;
const string kKontextMulti = "prompt!:text image_urls!:images[1..] aspect_ratio?:choice" + kAr9 + kKontextEnd;
const string kKontextText = "prompt!:text aspect_ratio:choice=1:1" + kAr9 + kKontextEnd;

const string kMasked = "prompt!:text image_url!:image mask_url!:image";
const string kLora =
    kMasked + kSizeOfInput + kChecker + kLoras + kJpeg + kAccel2 +
    " strength:num=0.85[0.01..1] num_inference_steps:int=28[1..50] guidance_scale:num=3.5[0..35]";

const string kOpen2 = kCounted + " output_format:choice=png{jpeg,png,webp}" + kChecker;
const string kFlux2Dials = " guidance_scale:num=2.5[0..20] enable_prompt_expansion:bool=false" + kOpen2;
const string kFlux2Steps = " num_inference_steps:int=28[4..50]" + kAccel3On;
const string kBounded = " image_size:size=landscape_4_3[512..2048]";
const string kBoundedEdit = " image_urls!:images[1..] image_size?:size[512..2048]";
const string kEdit = " image_urls!:images[1..]" + kSizeOfInput;
const string kKlein = kOpen2 + " num_inference_steps:int=4[4..8]";
const string kKleinBase = kOpen2 + kFlux2Steps + " guidance_scale:num=5[0..20] negative_prompt:text=\"\"";
const string kClosed = kChecker +
                       " safety_tolerance:choice=2{1,2,3,4,5} seed?:int sync_mode:bool=false "
                       "output_format:choice=jpeg{jpeg,png}";
const string kClosedEdit = " image_urls!:images[1..] image_size:size=auto";
const string kFlex = " guidance_scale:num=3.5[0..20] num_inference_steps:int=28[4..50]";

constexpr Pixels kUsual{1024, 768};
constexpr Pixels kInput{96, 64};
constexpr Pixels kFourMegapixels{2752, 1536};

std::vector<Spec> OlderSpecs() {
  return {
      {"fal-ai/flux/dev", kDev + kAccel3, kUsual},
      {"fal-ai/flux/schnell", kSchnell + kAccel3, kUsual},
      {"fal-ai/flux/dev/image-to-image", kImageToImage + kAccel3, kInput},
      {"fal-ai/flux/dev/redux", kDevRedux + kAccel3, kUsual},
      {"fal-ai/flux/schnell/redux", kSchnellRedux + kAccel3, kUsual},
      {"fal-ai/flux-1/dev", kDev + kAccel3On, kUsual},
      {"fal-ai/flux-1/schnell", kSchnell + kAccel3On, kUsual},
      {"fal-ai/flux-1/krea", kDev + kAccel3On, kUsual},
      {"fal-ai/flux-1/dev/image-to-image", kImageToImage + kAccel3On, kInput},
      {"fal-ai/flux-1/dev/redux", kDevRedux + kAccel3On, kUsual},

      {"fal-ai/flux-pro", "prompt!:text" + kSize + kProDials + kTol6 + kJpeg, kUsual},
      {"fal-ai/flux-pro/new", "prompt!:text" + kSize + kProDials + kEnhance + kTol6 + kJpeg, kUsual},
      {"fal-ai/flux-pro/v1.1", "prompt!:text" + kSize + kEnhance + kTol6 + kJpeg, kUsual},
      {"fal-ai/flux-pro/v1/redux", kProRedux, kUsual},
      {"fal-ai/flux-pro/v1.1/redux", kProRedux, kUsual},
      {"fal-ai/flux-pro/v1.1-ultra", "prompt!:text image_url?:image" + kUltra, kFourMegapixels},
      {"fal-ai/flux-pro/v1.1-ultra/redux", "prompt:text=\"\" image_url!:image" + kUltra, kFourMegapixels},

      {"fal-ai/flux-pro/kontext", kKontext, kInput, Form::kFile},
      {"fal-ai/flux-pro/kontext/max", kKontext, kInput, Form::kFile},
      {"fal-ai/flux-pro/kontext/multi", kKontextMulti, kInput},
      {"fal-ai/flux-pro/kontext/max/multi", kKontextMulti, kInput},
      {"fal-ai/flux-pro/kontext/text-to-image", kKontextText, {1024, 1024}},
      {"fal-ai/flux-pro/kontext/max/text-to-image", kKontextText, {1024, 1024}},
      {"fal-ai/flux-kontext/dev",
       "prompt!:text image_url!:image "
       "resolution_mode:choice=match_input{match_input,auto,1:1,16:9,21:9,3:2,2:3,4:5,5:4,3:4,4:3,9:16,9:21} "
       "guidance_scale:num=2.5[1..20] num_inference_steps:int=28[10..50]" +
           kChecker + kJpeg + kAccel3,
       kInput, Form::kFile},

      {"fal-ai/flux-lora/inpainting", kLora, kInput, Form::kFile},
      {"fal-ai/flux-krea-lora/inpainting", kLora, kInput, Form::kFile},
      {"fal-ai/flux-general/inpainting",
       kMasked + kSizeOfInput + kChecker + kLoras + kPng +
           " strength:num=0.85[0.01..1] num_inference_steps:int=28[1..50] guidance_scale:num=3.5[0..35] "
           "controlnets:objects=[] ip_adapters:objects=[] negative_prompt:text=\"\" nag_scale:num=3 "
           "nag_tau:num=2.5 "
           "nag_alpha:num=0.25 nag_end:num=0.25 scheduler:choice=euler{euler,dpmpp_2m} base_shift:num=0.5 "
           "max_shift:num=1.15 reference_image_url?:image",
       kInput, Form::kFile, "png"},
      {"fal-ai/flux-lora-fill",
       "prompt:text=\"\" image_url!:image mask_url!:image guidance_scale:num=30 "
       "num_inference_steps:int=28[1..50] paste_back:bool=true resize_to_original:bool=false "
       "fill_image?:object" +
           kSizeOfInput + kChecker + kLoras + kJpeg + kAccel2,
       kInput, Form::kFile},
      {"fal-ai/flux-kontext-lora/inpaint",
       kMasked +
           " reference_image_url!:image num_inference_steps:int=30[10..50] guidance_scale:num=2.5[0..20] "
           "strength:num=0.88[0.01..1]" +
           kChecker + kLoras + kPng + kAccel2,
       kInput, Form::kFile, "png"},
      {"fal-ai/flux-pro/v1/fill", kMasked + kEnhance + kTol6 + kJpeg, kInput},

      {"fal-ai/flux-2", "prompt!:text" + kBounded + kFlux2Dials + kFlux2Steps, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/edit", "prompt!:text" + kBoundedEdit + kFlux2Dials + kFlux2Steps, kInput, Form::kFile,
       "png", 2},
      {"fal-ai/flux-2/turbo", "prompt!:text" + kBounded + kFlux2Dials, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/turbo/edit", "prompt!:text" + kBoundedEdit + kFlux2Dials, kInput, Form::kFile, "png",
       2},
      {"fal-ai/flux-2/flash", "prompt!:text" + kBounded + kFlux2Dials, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/flash/edit", "prompt!:text" + kBoundedEdit + kFlux2Dials, kInput, Form::kFile, "png",
       2},
      {"fal-ai/flux-2/klein/9b", "prompt!:text" + kSize + kKlein, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/klein/9b/edit", "prompt!:text" + kEdit + kKlein, kInput, Form::kFile, "png", 2},
      {"fal-ai/flux-2/klein/9b/base", "prompt!:text" + kSize + kKleinBase, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/klein/9b/base/edit", "prompt!:text" + kEdit + kKleinBase, kInput, Form::kFile, "png",
       2},
      {"fal-ai/flux-2/klein/4b", "prompt!:text" + kSize + kKlein, kUsual, Form::kFile, "png"},
      {"fal-ai/flux-2/klein/4b/edit", "prompt!:text" + kEdit + kKlein, kInput, Form::kFile, "png", 2},
      {"fal-ai/flux-2-pro", "prompt!:text" + kSize + kClosed, kUsual, Form::kFileAndSeedOnly},
      {"fal-ai/flux-2-pro/edit", "prompt!:text" + kClosedEdit + kClosed, kInput, Form::kFileAndSeedOnly,
       "jpeg", 2},
      {"fal-ai/flux-2-max", "prompt!:text" + kSize + kClosed, kUsual, Form::kFileAndSeedOnly},
      {"fal-ai/flux-2-max/edit", "prompt!:text" + kClosedEdit + kClosed, kInput, Form::kFileAndSeedOnly,
       "jpeg", 2},
      {"fal-ai/flux-2-flex", "prompt!:text" + kSize + kFlex + kClosed, kUsual, Form::kFileAndSeedOnly},
      {"fal-ai/flux-2-flex/edit", "prompt!:text" + kClosedEdit + kFlex + kClosed, kInput,
       Form::kFileAndSeedOnly, "jpeg", 2},
  };
}

}  // namespace

const std::vector<Spec>& Specs() {
  static const std::vector<Spec> specs = [] {
    std::vector<Spec> all = OlderSpecs();
    std::vector<Spec> newer = NewerSpecs();
    for (Spec& spec : newer) all.push_back(std::move(spec));
    return all;
  }();
  return specs;
}

std::vector<FieldSpec> FieldsOf(const Spec& spec) {
  std::vector<FieldSpec> fields;
  std::istringstream words(spec.fields);
  for (std::string word; words >> word;) fields.push_back(ReadField(word));
  return fields;
}

Given Minimal(const Spec& spec, const std::string& picture) {
  Given body = Given::object();
  for (const FieldSpec& field : FieldsOf(spec)) {
    if (!field.required) continue;
    if (field.type == "text") body[field.name] = "a boat";
    if (field.type == "image") body[field.name] = picture;
    if (field.type == "images") body[field.name] = {picture};
    if (field.type == "num") body[field.name] = 1;
  }
  return body;
}

std::string TestName(const std::string& endpoint) {
  std::string name = endpoint.substr(endpoint.find('/') + 1);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace flux::sim
