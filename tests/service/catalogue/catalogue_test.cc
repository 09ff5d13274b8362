// What the built-in rows say, held against fal's documents.
#include "service/catalogue/catalogue.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "service/order/price.h"
#include "service/rpc/model_proto.h"
#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// fal-api §1.2 to §1.5, §8, copied by hand: the rows of the catalogue must say the same. Numbers are written
// minimum-maximum=default; a dash is a field that the model does not take.
struct Facts {
  std::string name;
  std::string endpoint;
  std::string steps;
  std::string guidance;
  std::string strength;
  std::string size;          // default, and sides where they are narrower than 1 to 14142
  std::string acceleration;  // default, and the number of values
  std::string tolerance;     // "checker", or the number of tolerances, and "+checker"
  std::string format;        // default, and the number of values
  std::string
      price;  // millionths of a dollar of the first unit, of further ones where they differ, and the unit
};

constexpr const char* kLandscape = "landscape_4_3";
constexpr const char* kFlux2 = "landscape_4_3 512-2048";
constexpr const char* kOf14 = "1-50=28";

const Facts kFacts[] = {
    // §1.3, open apps.
    {"text-to-image/dev", "fal-ai/flux/dev", kOf14, "1-20=3.5", "-", kLandscape, "none 3", "checker",
     "jpeg 2", "25000 MP"},
    {"text-to-image/schnell", "fal-ai/flux/schnell", "1-12=4", "1-20=3.5", "-", kLandscape, "none 3",
     "checker", "jpeg 2", "3000 MP"},
    {"text-to-image/flux-1-dev", "fal-ai/flux-1/dev", kOf14, "1-20=3.5", "-", kLandscape, "regular 3",
     "checker", "jpeg 2", "25000 MP"},
    {"text-to-image/flux-1-schnell", "fal-ai/flux-1/schnell", "1-12=4", "1-20=3.5", "-", kLandscape,
     "regular 3", "checker", "jpeg 2", "3000 MP"},
    {"text-to-image/krea", "fal-ai/flux-1/krea", kOf14, "1-20=4.5", "-", kLandscape, "regular 3", "checker",
     "jpeg 2", "25000 MP"},
    {"image-to-image", "fal-ai/flux/dev/image-to-image", "10-50=40", "1-20=3.5", "0.01-1=0.95", "-", "none 3",
     "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/flux-1-dev", "fal-ai/flux-1/dev/image-to-image", "10-50=40", "1-20=3.5", "0.01-1=0.95",
     "-", "regular 3", "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/dev-redux", "fal-ai/flux/dev/redux", kOf14, "1-20=3.5", "-", kLandscape, "none 3",
     "checker", "jpeg 2", "25000 MP"},
    {"image-to-image/schnell-redux", "fal-ai/flux/schnell/redux", "1-12=4", "-", "-", kLandscape, "none 3",
     "checker", "jpeg 2", "3000 MP"},
    {"image-to-image/flux-1-dev-redux", "fal-ai/flux-1/dev/redux", kOf14, "1-20=3.5", "-", kLandscape,
     "regular 3", "checker", "jpeg 2", "25000 MP"},
    // §1.3, pro.
    {"text-to-image/pro", "fal-ai/flux-pro", kOf14, "1-20=3.5", "-", kLandscape, "-", "6", "jpeg 2",
     "50000 MP"},
    {"text-to-image/pro-new", "fal-ai/flux-pro/new", kOf14, "1-20=3.5", "-", kLandscape, "-", "6", "jpeg 2",
     "50000 MP"},
    {"text-to-image/pro-v1.1", "fal-ai/flux-pro/v1.1", "-", "-", "-", kLandscape, "-", "6", "jpeg 2",
     "40000 MP"},
    {"text-to-image/pro-v1.1-ultra", "fal-ai/flux-pro/v1.1-ultra", "-", "-", "-", "16:9 of any", "-", "6",
     "jpeg 2", "60000 image"},
    {"image-to-image/pro-v1.1-ultra", "fal-ai/flux-pro/v1.1-ultra", "-", "-", "-", "16:9 of any", "-", "6",
     "jpeg 2", "60000 image"},
    {"image-to-image/pro-v1-redux", "fal-ai/flux-pro/v1/redux", kOf14, "1-20=3.5", "-", kLandscape, "-", "6",
     "jpeg 2", "50000 MP"},
    {"image-to-image/pro-v1.1-redux", "fal-ai/flux-pro/v1.1/redux", kOf14, "1-20=3.5", "-", kLandscape, "-",
     "6", "jpeg 2", "40000 MP"},
    {"image-to-image/pro-v1.1-ultra-redux", "fal-ai/flux-pro/v1.1-ultra/redux", "-", "-", "-", "16:9 of any",
     "-", "6", "jpeg 2", "60000 image"},
    // §1.3, Kontext.
    {"text-to-image/kontext-pro", "fal-ai/flux-pro/kontext/text-to-image", "-", "1-20=3.5", "-", "1:1 of 9",
     "-", "6", "jpeg 2", "40000 image"},
    {"text-to-image/kontext-max", "fal-ai/flux-pro/kontext/max/text-to-image", "-", "1-20=3.5", "-",
     "1:1 of 9", "-", "6", "jpeg 2", "80000 image"},
    {"edit/kontext-pro", "fal-ai/flux-pro/kontext", "-", "1-20=3.5", "-", " of 9", "-", "6", "jpeg 2",
     "40000 image"},
    {"edit/kontext-max", "fal-ai/flux-pro/kontext/max", "-", "1-20=3.5", "-", " of 9", "-", "6", "jpeg 2",
     "80000 image"},
    {"edit/kontext-pro-multi", "fal-ai/flux-pro/kontext/multi", "-", "1-20=3.5", "-", " of 9", "-", "6",
     "jpeg 2", "40000 image"},
    {"edit/kontext-max-multi", "fal-ai/flux-pro/kontext/max/multi", "-", "1-20=3.5", "-", " of 9", "-", "6",
     "jpeg 2", "80000 image"},
    {"edit/kontext-dev", "fal-ai/flux-kontext/dev", "10-50=28", "1-20=2.5", "-", "match_input of 13",
     "none 3", "checker", "jpeg 2", "25000 MP"},
    // §1.4.
    {"inpainting", "fal-ai/flux-lora/inpainting", kOf14, "0-35=3.5", "0.01-1=0.85", "", "none 2", "checker",
     "jpeg 2", "35000 MP"},
    {"inpainting/krea", "fal-ai/flux-krea-lora/inpainting", kOf14, "0-35=3.5", "0.01-1=0.85", "", "none 2",
     "checker", "jpeg 2", "35000 MP"},
    {"inpainting/general", "fal-ai/flux-general/inpainting", kOf14, "0-35=3.5", "0.01-1=0.85", "", "-",
     "checker", "png 2", "75000 MP"},
    {"inpainting/lora-fill", "fal-ai/flux-lora-fill", kOf14, "0-100=30", "-", "", "none 2", "checker",
     "jpeg 2", "35000 MP"},
    {"inpainting/kontext", "fal-ai/flux-kontext-lora/inpaint", "10-50=30", "0-20=2.5", "0.01-1=0.88", "-",
     "none 3", "checker", "png 2", "35000 MP"},
    {"inpainting/pro-fill", "fal-ai/flux-pro/v1/fill", "-", "-", "-", "-", "-", "6", "jpeg 2", "50000 MP"},
    // §1.5.
    {"text-to-image/flux-2", "fal-ai/flux-2", "4-50=28", "0-20=2.5", "-", kFlux2, "regular 3", "checker",
     "png 3", "12000 MP"},
    {"text-to-image/flux-2-turbo", "fal-ai/flux-2/turbo", "-", "0-20=2.5", "-", kFlux2, "-", "checker",
     "png 3", "8000 MP"},
    {"text-to-image/flux-2-flash", "fal-ai/flux-2/flash", "-", "0-20=2.5", "-", kFlux2, "-", "checker",
     "png 3", "5000 MP"},
    {"text-to-image/flux-2-pro", "fal-ai/flux-2-pro", "-", "-", "-", kLandscape, "-", "5+checker", "jpeg 2",
     "30000 15000 MP in+out"},
    {"text-to-image/flux-2-max", "fal-ai/flux-2-max", "-", "-", "-", kLandscape, "-", "5+checker", "jpeg 2",
     "70000 30000 MP in+out"},
    {"text-to-image/flux-2-flex", "fal-ai/flux-2-flex", "4-50=28", "1-20=3.5", "-", kLandscape, "-",
     "5+checker", "jpeg 2", "50000 MP in+out"},
    {"text-to-image/flux-2-klein-9b", "fal-ai/flux-2/klein/9b", "4-8=4", "-", "-", kFlux2, "-", "checker",
     "png 3", "6000 MP"},
    {"text-to-image/flux-2-klein-9b-base", "fal-ai/flux-2/klein/9b/base", "4-50=28", "0-20=5", "-", kFlux2,
     "regular 3", "checker", "png 3", "6000 MP"},
    {"text-to-image/flux-2-klein-4b", "fal-ai/flux-2/klein/4b", "4-8=4", "-", "-", kFlux2, "-", "checker",
     "png 3", "5000 MP"},
    {"edit/flux-2", "fal-ai/flux-2/edit", "4-50=28", "0-20=2.5", "-", " 512-2048", "regular 3", "checker",
     "png 3", "12000 MP in+out"},
    {"edit/flux-2-turbo", "fal-ai/flux-2/turbo/edit", "-", "0-20=2.5", "-", "square_hd 512-2048", "-",
     "checker", "png 3", "8000 MP in+out"},
    {"edit/flux-2-flash", "fal-ai/flux-2/flash/edit", "-", "0-20=2.5", "-", "square_hd 512-2048", "-",
     "checker", "png 3", "5000 MP in+out"},
    {"edit/flux-2-pro", "fal-ai/flux-2-pro/edit", "-", "-", "-", "auto", "-", "5+checker", "jpeg 2",
     "30000 15000 MP in+out"},
    {"edit/flux-2-max", "fal-ai/flux-2-max/edit", "-", "-", "-", "auto", "-", "5+checker", "jpeg 2",
     "70000 30000 MP in+out"},
    {"edit/flux-2-flex", "fal-ai/flux-2-flex/edit", "4-50=28", "1-20=3.5", "-", "auto", "-", "5+checker",
     "jpeg 2", "50000 MP in+out"},
    {"edit/flux-2-klein-9b", "fal-ai/flux-2/klein/9b/edit", "4-8=4", "-", "-", " 512-2048", "-", "checker",
     "png 3", "11000 MP in+out"},
    {"edit/flux-2-klein-4b", "fal-ai/flux-2/klein/4b/edit", "4-8=4", "-", "-", " 512-2048", "-", "checker",
     "png 3", "10000 MP in+out"},
    // §13, open FLUX.1 apps.
    {"text-to-image/flux-krea", "fal-ai/flux/krea", kOf14, "1-20=4.5", "-", kLandscape, "none 3", "checker",
     "jpeg 2", "25000 MP"},
    {"text-to-image/srpo", "fal-ai/flux/srpo", kOf14, "1-20=3.5", "-", kLandscape, "none 3", "checker",
     "jpeg 2", "25000 MP"},
    {"text-to-image/flux-1-srpo", "fal-ai/flux-1/srpo", kOf14, "1-20=3.5", "-", kLandscape, "regular 3",
     "checker", "jpeg 2", "25000 MP"},
    {"image-to-image/krea", "fal-ai/flux-1/krea/image-to-image", "10-50=40", "1-20=4.5", "0.01-1=0.95", "-",
     "regular 3", "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/flux-krea", "fal-ai/flux/krea/image-to-image", "10-50=40", "1-20=4.5", "0.01-1=0.95",
     "-", "none 3", "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/srpo", "fal-ai/flux/srpo/image-to-image", "10-50=40", "1-20=3.5", "0.01-1=0.95", "-",
     "none 3", "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/flux-1-srpo", "fal-ai/flux-1/srpo/image-to-image", "10-50=40", "1-20=3.5", "0.01-1=0.95",
     "-", "regular 3", "checker", "jpeg 2", "30000 MP"},
    {"image-to-image/krea-redux", "fal-ai/flux-1/krea/redux", kOf14, "1-20=4.5", "-", kLandscape, "regular 3",
     "checker", "jpeg 2", "25000 MP"},
    {"image-to-image/flux-krea-redux", "fal-ai/flux/krea/redux", kOf14, "1-20=4.5", "-", kLandscape, "none 3",
     "checker", "jpeg 2", "25000 MP"},
    {"image-to-image/flux-1-schnell-redux", "fal-ai/flux-1/schnell/redux", "1-12=4", "-", "-", kLandscape,
     "regular 3", "checker", "jpeg 2", "3000 MP"},
    {"text-to-image/lora", "fal-ai/flux-lora", kOf14, "0-35=3.5", "-", kLandscape, "none 2", "checker",
     "jpeg 2", "35000 MP"},
    {"text-to-image/krea-lora", "fal-ai/flux-krea-lora", kOf14, "0-35=3.5", "-", kLandscape, "none 2",
     "checker", "jpeg 2", "35000 MP"},
    {"text-to-image/general", "fal-ai/flux-general", kOf14, "0-35=3.5", "-", kLandscape, "-", "checker",
     "png 2", "75000 MP"},
    {"text-to-image/kontext-lora", "fal-ai/flux-kontext-lora/text-to-image", "10-50=30", "0-20=2.5", "-",
     kLandscape, "none 3", "checker", "png 2", "35000 MP"},
    {"text-to-image/control-lora-canny", "fal-ai/flux-control-lora-canny", kOf14, "0-35=3.5", "-", kLandscape,
     "-", "checker", "jpeg 2", "40000 MP"},
    {"text-to-image/control-lora-depth", "fal-ai/flux-control-lora-depth", kOf14, "0-35=3.5", "-", kLandscape,
     "-", "checker", "jpeg 2", "40000 MP"},
    {"text-to-image/pulid", "fal-ai/flux-pulid", "1-50=20", "1-20=4", "-", kLandscape, "-", "checker", "-",
     "35000 MP"},
    {"image-to-image/lora", "fal-ai/flux-lora/image-to-image", kOf14, "0-35=3.5", "0.01-1=0.85", "", "none 2",
     "checker", "jpeg 2", "35000 MP"},
    {"image-to-image/krea-lora", "fal-ai/flux-krea-lora/image-to-image", kOf14, "0-35=3.5", "0.01-1=0.85", "",
     "none 2", "checker", "jpeg 2", "35000 MP"},
    {"image-to-image/lora-canny", "fal-ai/flux-lora-canny", kOf14, "0-35=3.5", "-", "", "none 2", "checker",
     "jpeg 2", "35000 MP"},
    {"image-to-image/lora-depth", "fal-ai/flux-lora-depth", kOf14, "0-35=3.5", "-", "", "none 2", "checker",
     "jpeg 2", "35000 MP"},
    {"image-to-image/general", "fal-ai/flux-general/image-to-image", kOf14, "0-35=3.5", "0.01-1=0.85", "",
     "-", "checker", "png 2", "75000 MP"},
    {"image-to-image/control-lora-canny", "fal-ai/flux-control-lora-canny/image-to-image", kOf14, "0-35=3.5",
     "0.01-1=0.85", "", "-", "checker", "jpeg 2", "40000 MP"},
    {"image-to-image/control-lora-depth", "fal-ai/flux-control-lora-depth/image-to-image", kOf14, "0-35=3.5",
     "0.01-1=0.85", "", "-", "checker", "jpeg 2", "40000 MP"},
    {"image-to-image/subject", "fal-ai/flux-subject", "1-50=8", "0-35=3.5", "-", "square_hd", "-", "checker",
     "png 2", "35000 MP"},
    {"edit/kontext-lora", "fal-ai/flux-kontext-lora", "10-50=30", "0-20=2.5", "-", "match_input of 13",
     "none 3", "checker", "png 2", "35000 MP"},
    // §13, FLUX.1 pro.
    {"text-to-image/pro-v1.1-ultra-finetuned", "fal-ai/flux-pro/v1.1-ultra-finetuned", "-", "-", "-",
     "16:9 of any", "-", "6", "jpeg 2", "70000 image"},
    {"image-to-image/pro-vto", "fal-ai/flux-pro/v1/vto", "-", "-", "-", "-", "-", "-", "jpeg 2",
     "37500 5000 MP in+out"},
    {"inpainting/pro-erase", "fal-ai/flux-pro/v1/erase", "-", "-", "-", "-", "-", "-", "jpeg 2",
     "30000 4000 MP in+out"},
    // §13, FLUX.2.
    {"text-to-image/flux-2-lora", "fal-ai/flux-2/lora", "4-50=28", "0-20=2.5", "-", kFlux2, "regular 3",
     "checker", "png 3", "21000 MP"},
    {"edit/flux-2-lora", "fal-ai/flux-2/lora/edit", "4-50=28", "0-20=2.5", "-", " 512-2048", "regular 3",
     "checker", "png 3", "21000 MP in+out"},
    {"text-to-image/flux-2-klein-9b-lora", "fal-ai/flux-2/klein/9b/lora", "4-8=4", "-", "-", kFlux2, "-",
     "checker", "png 3", "11000 MP"},
    {"text-to-image/flux-2-klein-9b-base-lora", "fal-ai/flux-2/klein/9b/base/lora", "4-50=28", "0-20=5", "-",
     kFlux2, "regular 3", "checker", "png 3", "11000 MP"},
    {"edit/flux-2-klein-9b-base", "fal-ai/flux-2/klein/9b/base/edit", "4-50=28", "0-20=5", "-", " 512-2048",
     "regular 3", "checker", "png 3", "11000 MP in+out"},
    {"edit/flux-2-klein-9b-lora", "fal-ai/flux-2/klein/9b/edit/lora", "4-8=4", "-", "-", " 512-2048", "-",
     "checker", "png 3", "20000 MP in+out"},
    {"edit/flux-2-klein-9b-base-lora", "fal-ai/flux-2/klein/9b/base/edit/lora", "4-50=28", "0-20=5", "-",
     " 512-2048", "regular 3", "checker", "png 3", "20000 MP in+out"},
    {"text-to-image/flux-2-klein-4b-lora", "fal-ai/flux-2/klein/4b/lora", "4-8=4", "-", "-", kFlux2, "-",
     "checker", "png 3", "9000 MP"},
    {"text-to-image/flux-2-klein-4b-base-lora", "fal-ai/flux-2/klein/4b/base/lora", "4-50=28", "0-20=5", "-",
     kFlux2, "regular 3", "checker", "png 3", "9000 MP"},
    {"text-to-image/flux-2-klein-4b-base", "fal-ai/flux-2/klein/4b/base", "4-50=28", "0-20=5", "-", kFlux2,
     "regular 3", "checker", "png 3", "5000 MP"},
    {"edit/flux-2-klein-4b-base", "fal-ai/flux-2/klein/4b/base/edit", "4-50=28", "0-20=5", "-", " 512-2048",
     "regular 3", "checker", "png 3", "10000 MP in+out"},
    {"edit/flux-2-klein-4b-lora", "fal-ai/flux-2/klein/4b/edit/lora", "4-8=4", "-", "-", " 512-2048", "-",
     "checker", "png 3", "18000 MP in+out"},
    {"edit/flux-2-klein-4b-base-lora", "fal-ai/flux-2/klein/4b/base/edit/lora", "4-50=28", "0-20=5", "-",
     " 512-2048", "regular 3", "checker", "png 3", "18000 MP in+out"},
    {"text-to-image/flux-2-ballpoint-pen-sketch", "fal-ai/flux-2-lora-gallery/ballpoint-pen-sketch",
     "1-50=40", "0-20=2.5", "-", kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"text-to-image/flux-2-digital-comic-art", "fal-ai/flux-2-lora-gallery/digital-comic-art", "1-50=40",
     "0-20=2.5", "-", kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"text-to-image/flux-2-hdr-style", "fal-ai/flux-2-lora-gallery/hdr-style", "1-50=40", "0-20=2.5", "-",
     kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"text-to-image/flux-2-realism", "fal-ai/flux-2-lora-gallery/realism", "1-50=40", "0-20=2.5", "-",
     kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"text-to-image/flux-2-satellite-view-style", "fal-ai/flux-2-lora-gallery/satellite-view-style",
     "1-50=40", "0-20=2.5", "-", kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"text-to-image/flux-2-sepia-vintage", "fal-ai/flux-2-lora-gallery/sepia-vintage", "1-50=40", "0-20=2.5",
     "-", kLandscape, "regular 2", "checker", "png 3", "21000 MP"},
    {"edit/flux-2-add-background", "fal-ai/flux-2-lora-gallery/add-background", "1-50=40", "0-20=2.5", "-",
     "", "regular 2", "checker", "png 3", "21000 MP in+out"},
    {"edit/flux-2-apartment-staging", "fal-ai/flux-2-lora-gallery/apartment-staging", "1-50=40", "0-20=2.5",
     "-", "", "regular 2", "checker", "png 3", "21000 MP in+out"},
    {"edit/flux-2-face-to-full-portrait", "fal-ai/flux-2-lora-gallery/face-to-full-portrait", "1-50=40",
     "0-20=2.5", "-", "", "regular 2", "checker", "png 3", "21000 MP in+out"},
    {"edit/flux-2-virtual-tryon", "fal-ai/flux-2-lora-gallery/virtual-tryon", "1-50=40", "0-20=2.5", "-", "",
     "regular 2", "checker", "png 3", "21000 MP in+out"},
    {"transform/flux-2-pro-outpaint", "fal-ai/flux-2-pro/outpaint", "-", "-", "-", "-", "-", "checker",
     "jpeg 2", "30000 15000 MP in+out"},
    {"transform/vision-upscaler", "fal-ai/flux-vision-upscaler", "4-50=20", "1-4=1", "-", "-", "-", "checker",
     "-", "100000 MP"},
    {"transform/flux-2-multiple-angles", "fal-ai/flux-2-lora-gallery/multiple-angles", "1-50=40", "0-20=2.5",
     "-", "", "regular 2", "checker", "png 3", "21000 MP in+out"},
    // §12.
    {"text-to-image/flux-3", "blackforestlabs/flux-3/text-to-image", "-", "-", "-", "auto of 15", "-", "5",
     "jpeg 2", "48000 image"},
    {"edit/flux-3", "blackforestlabs/flux-3/edit-image", "-", "-", "-", "auto of 15", "-", "5", "jpeg 2",
     "48000 image"},
};

std::string Number(const FieldRule* rule) {
  if (!rule) return "-";
  return absl::StrCat(*rule->minimum, "-", *rule->maximum, "=", rule->default_text);
}

std::string Choices(const FieldRule* rule) {
  return rule ? absl::StrCat(rule->default_text, " ", rule->allowed.size()) : "-";
}

std::string Size(const ModelRow& row) {
  const FieldRule* rule = FindRule(row, Field::kImageSize);
  if (!rule) return "-";
  if (IsRatio(row.size)) {
    return absl::StrCat(rule->default_text, " of ",
                        rule->allowed.empty() ? "any" : absl::StrCat(rule->allowed.size()));
  }
  if (rule->minimum == 1 && rule->maximum == 14142) return rule->default_text;
  return absl::StrCat(rule->default_text, " ", *rule->minimum, "-", *rule->maximum);
}

std::string Tolerance(const ModelRow& row) {
  const FieldRule* tolerance = FindRule(row, Field::kSafetyTolerance);
  const bool checker = FindRule(row, Field::kEnableSafetyChecker) != nullptr;
  if (!tolerance) return checker ? "checker alone" : "-";
  if (row.tolerance == ToleranceStyle::kSwitchesChecker) return checker ? "checker" : "nothing to switch";
  return absl::StrCat(tolerance->allowed.size(), checker ? "+checker" : "");
}

std::string Price(const UnitPrice& price) {
  const std::string unit = price.unit == v1::PRICE_UNIT_MEGAPIXEL ? "MP"
                           : price.unit == v1::PRICE_UNIT_IMAGE   ? "image"
                                                                  : "MP in+out";
  if (price.first_micro_usd) return absl::StrCat(*price.first_micro_usd, " ", price.micro_usd, " ", unit);
  return absl::StrCat(price.micro_usd, " ", unit);
}

TEST(Catalogue, SaysWhatFalDocuments) {
  ASSERT_EQ(TestCatalogue().rows().size(), std::size(kFacts));
  for (const Facts& facts : kFacts) {
    SCOPED_TRACE(facts.name);
    const ModelRow* row = TestCatalogue().Find(facts.name, KindOf(facts.name));
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->fal_endpoint, facts.endpoint);
    EXPECT_EQ(Number(FindRule(*row, Field::kNumInferenceSteps)), facts.steps);
    EXPECT_EQ(Number(FindRule(*row, Field::kGuidanceScale)), facts.guidance);
    EXPECT_EQ(Number(FindRule(*row, Field::kStrength)), facts.strength);
    EXPECT_EQ(Size(*row), facts.size);
    EXPECT_EQ(Choices(FindRule(*row, Field::kAcceleration)), facts.acceleration);
    EXPECT_EQ(Tolerance(*row), facts.tolerance);
    EXPECT_EQ(Choices(FindRule(*row, Field::kOutputFormat)), facts.format);
    EXPECT_EQ(Price(row->price), facts.price);
  }
}

// The names of the models that take a field, or send it under this name.
std::set<std::string> Takers(Field field, std::string_view fal_name = "") {
  std::set<std::string> names;
  for (const ModelRow& row : TestCatalogue().rows()) {
    const FieldRule* rule = FindRule(row, field);
    if (rule && (fal_name.empty() || rule->fal_name == fal_name)) names.insert(row.name);
  }
  return names;
}

TEST(Catalogue, GivesRareFieldsToThoseWhoHaveThem) {
  EXPECT_THAT(Takers(Field::kRaw),
              ElementsAre("image-to-image/pro-v1.1-ultra", "image-to-image/pro-v1.1-ultra-redux",
                          "text-to-image/pro-v1.1-ultra", "text-to-image/pro-v1.1-ultra-finetuned"));
  EXPECT_THAT(Takers(Field::kResolution), ElementsAre("edit/flux-3", "text-to-image/flux-3"));
  EXPECT_THAT(Takers(Field::kImagePromptStrength),
              ElementsAre("image-to-image/pro-v1.1-ultra", "image-to-image/pro-v1.1-ultra-redux"));
  EXPECT_THAT(
      Takers(Field::kNegativePrompt),
      ElementsAre("edit/flux-2-klein-4b-base", "edit/flux-2-klein-4b-base-lora", "edit/flux-2-klein-9b-base",
                  "edit/flux-2-klein-9b-base-lora", "image-to-image/general", "inpainting/general",
                  "text-to-image/flux-2-klein-4b-base", "text-to-image/flux-2-klein-4b-base-lora",
                  "text-to-image/flux-2-klein-9b-base", "text-to-image/flux-2-klein-9b-base-lora",
                  "text-to-image/general", "text-to-image/pulid"));
  const auto of_name = [](const std::string& name) {
    return name.find("lora") != std::string::npos || name.find("general") != std::string::npos;
  };
  for (const std::string& name : Takers(Field::kLoras)) {
    EXPECT_TRUE(of_name(name) || name == "inpainting" || name == "inpainting/kontext" ||
                name == "inpainting/krea")
        << name;
  }
  EXPECT_THAT(Takers(Field::kLoras).size(), 29u);
  EXPECT_THAT(Takers(Field::kEnhancePrompt, "enable_prompt_expansion"),
              ElementsAre("edit/flux-2", "edit/flux-2-flash", "edit/flux-2-lora", "edit/flux-2-turbo",
                          "edit/flux-3", "text-to-image/flux-2", "text-to-image/flux-2-flash",
                          "text-to-image/flux-2-lora", "text-to-image/flux-2-turbo", "text-to-image/flux-3"));
  EXPECT_THAT(
      Takers(Field::kEnhancePrompt, "enhance_prompt"),
      ElementsAre("edit/kontext-max", "edit/kontext-max-multi", "edit/kontext-pro", "edit/kontext-pro-multi",
                  "image-to-image/pro-v1-redux", "image-to-image/pro-v1.1-redux",
                  "image-to-image/pro-v1.1-ultra", "image-to-image/pro-v1.1-ultra-redux",
                  "inpainting/pro-fill", "text-to-image/kontext-max", "text-to-image/kontext-pro",
                  "text-to-image/pro-new", "text-to-image/pro-v1.1", "text-to-image/pro-v1.1-ultra",
                  "text-to-image/pro-v1.1-ultra-finetuned"));
  EXPECT_THAT(Takers(Field::kImageSize, "aspect_ratio").size(), 12u);
  EXPECT_THAT(Takers(Field::kImageSize, "resolution_mode"),
              ElementsAre("edit/kontext-dev", "edit/kontext-lora"));
  EXPECT_THAT(Takers(Field::kImages, "image_url"),
              ElementsAre("edit/kontext-dev", "edit/kontext-lora", "edit/kontext-max", "edit/kontext-pro"));
  EXPECT_THAT(Takers(Field::kImage, "image_urls"), ElementsAre("transform/flux-2-multiple-angles"));
}

TEST(Catalogue, MakesOnePictureAtATimeWhereFalDoes) {
  std::set<std::string> names;
  for (const ModelRow& row : TestCatalogue().rows()) {
    if (MaxImages(row) == 1) {
      names.insert(row.name);
    } else {
      const bool ten = row.fal_endpoint == "fal-ai/flux-general" ||
                       row.fal_endpoint == "fal-ai/flux-general/image-to-image";
      EXPECT_EQ(MaxImages(row), ten ? 10u : 4u) << row.name;
    }
  }
  EXPECT_THAT(names, ElementsAre("edit/flux-2-flex", "edit/flux-2-max", "edit/flux-2-pro", "edit/flux-3",
                                 "image-to-image/pro-vto", "inpainting/pro-erase",
                                 "text-to-image/flux-2-flex", "text-to-image/flux-2-max",
                                 "text-to-image/flux-2-pro", "text-to-image/flux-3", "text-to-image/pulid",
                                 "transform/flux-2-pro-outpaint", "transform/vision-upscaler"));
}

TEST(Catalogue, NamesEachModelOnceAndInOrder) {
  std::set<std::string> names;
  for (const ModelRow& row : TestCatalogue().rows()) {
    SCOPED_TRACE(row.name);
    EXPECT_TRUE(names.insert(row.name).second) << "named twice";
    EXPECT_GT(row.price.micro_usd, 0u);
    for (std::size_t i = 1; i < row.rules.size(); ++i) {
      EXPECT_TRUE(row.rules[i - 1].field < row.rules[i].field || row.rules[i].field == Field::kExtra);
    }
  }
  EXPECT_EQ(TestCatalogue().Names(), std::vector<std::string>(names.begin(), names.end()));
  for (const ModelRow& row : TestCatalogue().rows())
    EXPECT_NE(row.fal_endpoint, "fal-ai/flux/dev/inpainting");
}

TEST(Catalogue, SaysWhatIsNotConfirmedAndWhatShouldNotBeUsed) {
  std::set<std::string> deprecated;
  for (const ModelRow& row : TestCatalogue().rows()) {
    if (!row.deprecated.empty()) deprecated.insert(row.name);
    const v1::Model model = ToProto(row);
    EXPECT_EQ(model.confirmed(), row.unconfirmed.empty()) << row.name;
    EXPECT_EQ(model.unconfirmed(), row.unconfirmed);
    EXPECT_EQ(model.deprecated(), row.deprecated);
    EXPECT_EQ(model.longest_seconds() > 0, row.size == SizeStyle::kClass) << row.name;
  }
  EXPECT_THAT(deprecated,
              ElementsAre("image-to-image/pro-v1-redux", "text-to-image/pro", "text-to-image/pro-new"));
  EXPECT_TRUE(ToProto(BuiltInRow("text-to-image/dev")).confirmed());
  EXPECT_TRUE(ToProto(BuiltInRow("text-to-image/flux-2-lora")).confirmed());
}

TEST(Catalogue, PricesEachClassOfPixels) {
  const v1::Model model = ToProto(BuiltInRow("text-to-image/flux-3"));
  std::string prices;
  for (const v1::ResolutionPrice& price : model.resolution_prices()) {
    absl::StrAppend(&prices, price.resolution(), "=", price.micro_usd(), " ");
  }
  EXPECT_EQ(prices, "512sq=41000 768sq=41000 1k=48000 2k=100000 4k=607000 ");
  EXPECT_EQ(model.unit_price().micro_usd(), 48'000u);
}

TEST(Catalogue, FindsByNameAndKind) {
  EXPECT_NE(TestCatalogue().Find("inpainting", v1::MODEL_KIND_INPAINTING), nullptr);
  EXPECT_EQ(TestCatalogue().Find("inpainting", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
  EXPECT_EQ(TestCatalogue().Find("text-to-image/none", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
  EXPECT_EQ(TestCatalogue().Find("", v1::MODEL_KIND_TEXT_TO_IMAGE), nullptr);
}

TEST(KindOf, ReadsTheFirstSegment) {
  EXPECT_EQ(KindOf("text-to-image/dev"), v1::MODEL_KIND_TEXT_TO_IMAGE);
  EXPECT_EQ(KindOf("image-to-image"), v1::MODEL_KIND_IMAGE_TO_IMAGE);
  EXPECT_EQ(KindOf("inpainting/krea"), v1::MODEL_KIND_INPAINTING);
  EXPECT_EQ(KindOf("edit/"), v1::MODEL_KIND_EDIT);
  EXPECT_EQ(KindOf("transform/vision-upscaler"), v1::MODEL_KIND_TRANSFORM);
  for (const char* name : {"", "/", "edits/dev", "dev", "Edit/dev", " edit/dev", "/edit"}) {
    EXPECT_EQ(KindOf(name), v1::MODEL_KIND_UNSPECIFIED) << name;
  }
}

std::vector<std::string> ParameterNames(const v1::Model& model) {
  std::vector<std::string> names;
  for (const v1::ModelParameter& parameter : model.parameters()) names.push_back(parameter.name());
  return names;
}

const v1::ModelParameter& ParameterOf(const v1::Model& model, std::string_view name) {
  for (const v1::ModelParameter& parameter : model.parameters()) {
    if (parameter.name() == name) return parameter;
  }
  ADD_FAILURE() << "no parameter " << name;
  return v1::ModelParameter::default_instance();
}

TEST(ToProto, ShowsEveryRule) {
  const v1::Model model = ToProto(BuiltInRow("text-to-image/pro"));
  EXPECT_EQ(model.name(), "text-to-image/pro");
  EXPECT_EQ(model.kind(), v1::MODEL_KIND_TEXT_TO_IMAGE);
  EXPECT_EQ(model.fal_endpoint(), "fal-ai/flux-pro");
  EXPECT_EQ(model.unit_price().micro_usd(), 50'000u);
  EXPECT_EQ(model.unit_price().unit(), v1::PRICE_UNIT_MEGAPIXEL);
  EXPECT_EQ(model.unit_price().units(), 1);
  EXPECT_EQ(model.max_images(), 4u);
  EXPECT_THAT(
      ParameterNames(model),
      ElementsAre("prompt", "image_size", "num_images", "num_inference_steps", "guidance_scale", "seed",
                  "safety_tolerance", "output_format", "sync_mode", "split_images", "fetch_images"));

  EXPECT_TRUE(model.parameters(0).required());
  EXPECT_EQ(model.parameters(0).type(), v1::PARAMETER_TYPE_STRING);
  EXPECT_FALSE(model.parameters(0).has_minimum());
  const v1::ModelParameter& steps = ParameterOf(model, "num_inference_steps");
  EXPECT_FALSE(steps.required());
  EXPECT_EQ(steps.type(), v1::PARAMETER_TYPE_INTEGER);
  EXPECT_EQ(steps.minimum(), 1);
  EXPECT_EQ(steps.maximum(), 50);
  EXPECT_EQ(steps.default_value(), "28");
  EXPECT_THAT(ParameterOf(model, "safety_tolerance").allowed_values(),
              ElementsAre("1", "2", "3", "4", "5", "6"));
  EXPECT_THAT(
      ParameterOf(model, "image_size").allowed_values(),
      ElementsAre("square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"));
}

TEST(ToProto, ShowsAToleranceThatIsANumber) {
  const v1::Model model = ToProto(BuiltInRow("edit/flux-3"));
  EXPECT_EQ(ParameterOf(model, "safety_tolerance").type(), v1::PARAMETER_TYPE_INTEGER);
  EXPECT_EQ(ParameterOf(model, "safety_tolerance").minimum(), 0);
  EXPECT_EQ(ParameterOf(model, "safety_tolerance").maximum(), 4);
  EXPECT_EQ(ParameterOf(model, "safety_tolerance").default_value(), "2");
  EXPECT_TRUE(ParameterOf(model, "safety_tolerance").allowed_values().empty());
  EXPECT_THAT(ParameterOf(model, "resolution").allowed_values(),
              ElementsAre("512sq", "768sq", "1k", "2k", "4k"));
  EXPECT_EQ(ParameterOf(model, "images").maximum(), 10);
  EXPECT_EQ(model.max_images(), 1u);
}

TEST(ToProto, ShowsListsExtrasAndWhatTheServiceDoes) {
  const v1::Model general = ToProto(BuiltInRow("inpainting/general"));
  const v1::ModelParameter& scheduler = ParameterOf(general, "scheduler");
  EXPECT_TRUE(scheduler.extra());
  EXPECT_EQ(scheduler.type(), v1::PARAMETER_TYPE_STRING);
  EXPECT_THAT(scheduler.allowed_values(), ElementsAre("euler", "dpmpp_2m"));
  EXPECT_EQ(ParameterOf(general, "controlnets").type(), v1::PARAMETER_TYPE_OBJECTS);
  EXPECT_EQ(ParameterOf(general, "fill_image").type(), v1::PARAMETER_TYPE_OBJECT);
  EXPECT_EQ(ParameterOf(general, "reference_image_url").type(), v1::PARAMETER_TYPE_STRING);
  EXPECT_FALSE(ParameterOf(general, "reference_image_url").required());
  EXPECT_TRUE(ParameterOf(ToProto(BuiltInRow("inpainting/kontext")), "reference_image_url").required());
  EXPECT_EQ(ParameterOf(general, "loras").type(), v1::PARAMETER_TYPE_LORAS);
  EXPECT_EQ(ParameterOf(general, "loras").maximum(), 10);
  EXPECT_FALSE(ParameterOf(general, "loras").extra());

  const v1::Model pro = ToProto(BuiltInRow("edit/flux-2-pro"));
  EXPECT_EQ(pro.max_images(), 1u);
  EXPECT_EQ(pro.unit_price().micro_usd(), 30'000u) << "the first megapixel";
  EXPECT_EQ(ParameterOf(pro, "num_images").maximum(), 4);
  EXPECT_EQ(ParameterOf(pro, "split_images").type(), v1::PARAMETER_TYPE_BOOLEAN);
  EXPECT_EQ(ParameterOf(pro, "images").type(), v1::PARAMETER_TYPE_IMAGES);
  EXPECT_EQ(ParameterOf(pro, "images").minimum(), 1);
  EXPECT_EQ(ParameterOf(pro, "images").maximum(), 8);
  EXPECT_THAT(ParameterOf(pro, "image_size").allowed_values(), Contains("auto"));
  EXPECT_THAT(ParameterOf(ToProto(BuiltInRow("text-to-image/flux-2-pro")), "image_size").allowed_values(),
              Not(Contains("auto")));
  EXPECT_EQ(ParameterOf(ToProto(BuiltInRow("edit/kontext-pro")), "images").maximum(), 1);
}

}  // namespace
}  // namespace flux::service
