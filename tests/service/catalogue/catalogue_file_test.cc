// Models from a file: what adds one, what changes one, and every mistake.
#include "service/catalogue/catalogue_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "service/order/validate.h"
#include "tests/service/order/order_fixture.h"

namespace flux::service {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kExample = "tests/service/model/data/catalogue.json";

CatalogueLoad Load(std::string_view bytes) {
  return LoadCatalogue(bytes, TestCatalogue().rows());
}

// --- A file without mistakes
// -----------------------------------------------------------------------------------------

class Example : public ::testing::Test {
 protected:
  const ModelRow& Row(std::string_view name) const {
    const ModelRow* row = catalogue_.Find(name, KindOf(name));
    if (row) return *row;
    ADD_FAILURE() << "no model " << name;
    return catalogue_.rows().front();
  }

  CatalogueLoad load_ = LoadCatalogueFile(kExample);
  Catalogue catalogue_{load_.rows};
};

TEST_F(Example, HasNoMistakesAndKeepsTheOtherModels) {
  EXPECT_THAT(load_.problems, IsEmpty());
  EXPECT_EQ(catalogue_.rows().size(), TestCatalogue().rows().size() + 3);
  for (const ModelRow& row : TestCatalogue().rows()) EXPECT_NE(catalogue_.Find(row.name, row.kind), nullptr);
}

TEST_F(Example, PointsAModelElsewhereInOneLine) {
  const ModelRow& pro = Row("text-to-image/pro");
  EXPECT_EQ(pro.fal_endpoint, "fal-ai/flux-pro/v1.1");
  EXPECT_EQ(pro.rules.size(), BuiltInRow("text-to-image/pro").rules.size());
  EXPECT_EQ(pro.price.micro_usd, 50'000u);
  EXPECT_EQ(Sent(pro, FullOrder(pro)),
            Sent(BuiltInRow("text-to-image/pro"), FullOrder(BuiltInRow("text-to-image/pro"))));
}

TEST_F(Example, ChangesParametersOfABaseMemberByMember) {
  const ModelRow& quick = Row("text-to-image/dev-quick");
  EXPECT_EQ(quick.fal_endpoint, "fal-ai/flux/dev");
  EXPECT_EQ(quick.price.micro_usd, 20'000u);
  const FieldRule& steps = *FindRule(quick, Field::kNumInferenceSteps);
  EXPECT_EQ(steps.minimum, 1);
  EXPECT_EQ(steps.maximum, 20);
  EXPECT_EQ(steps.default_text, "12");
  EXPECT_EQ(FindRule(quick, Field::kGuidanceScale), nullptr);
  EXPECT_THAT(FindRule(quick, Field::kAcceleration)->allowed, ElementsAre("regular", "high"));
  EXPECT_EQ(Sent(quick, FullOrder(quick)).value("num_inference_steps", 0), 20);
}

TEST_F(Example, AddsAModelFromNothing) {
  const ModelRow& acme = Row("edit/acme");
  EXPECT_EQ(acme.kind, v1::MODEL_KIND_EDIT);
  EXPECT_EQ(MaxImages(acme), 1u);
  EXPECT_EQ(acme.price.first_micro_usd, 40'000u);
  const Order order = FullOrder(acme);
  EXPECT_THAT(Validate(acme, order), IsEmpty());
  EXPECT_EQ(
      Sent(acme, order).dump(),
      R"({"enable_safety_checker":true,"image_urls":["https://example.com/cat.png","https://example.com/cat.png"],)"
      R"("prompt":"a cat","seed":7,"shape":"1:1","sharpness":-2,"style":"ink"})");

  Order minimal = MinimalOrder(acme);
  minimal.safety_tolerance = "6";
  EXPECT_EQ(Sent(acme, minimal).at("enable_safety_checker"), false);
  google::protobuf::Struct extra;
  (*extra.mutable_fields())["sharpness"].set_number_value(1.5);
  minimal.extra = &extra;
  EXPECT_THAT(Validate(acme, minimal), ElementsAre(Violation{"style", "is required by edit/acme"},
                                                   Violation{"sharpness", "must be a whole number"}));
}

TEST_F(Example, BuildsOnModelsFurtherUp) {
  const ModelRow& many = Row("edit/acme-many");
  EXPECT_EQ(MaxImages(many), 6u);
  EXPECT_EQ(FindRule(many, Field::kNumImages)->fal_name, "num_images");
  EXPECT_EQ(FindExtra(many, "sharpness")->minimum, std::nullopt);
  EXPECT_EQ(FindExtra(many, "sharpness")->maximum, 2);
  EXPECT_FALSE(FindExtra(many, "style")->required);
}

// --- Files with mistakes
// ---------------------------------------------------------------------------------------------

// A model without mistakes but for what is said.
std::string Model(const std::string& members, const std::string& parameters = "") {
  return R"({"models":[{"name":"text-to-image/a","fal_endpoint":"a/b","price":{"micro_usd":1,"unit":"image"},)" +
         members + R"("parameters":[{"name":"prompt","required":true})" + parameters + "]}]}";
}

struct Mistake {
  std::string name;
  std::string file;
  std::string problem;  // the only one

  friend void PrintTo(const Mistake& one, std::ostream* out) { *out << one.name; }
};

const Mistake kMistakes[] = {
    {"Empty", "", "the file must be JSON: the text is empty"},
    {"NoJson", "{models:[]}", "the file must be JSON: syntax error at byte 2"},
    {"NoObject", "[]", "the file must be an object with the member models"},
    {"NoModels", "{}", "models: is required"},
    {"ModelsOfTheWrongType", R"({"models":{}})", "models: must be a list of at most 1000 objects"},
    {"UnknownMemberOfTheFile", R"({"models":[],"version":1})",
     "version: is not a known member; known are models"},
    {"ModelOfTheWrongType", R"({"models":["dev"]})", "models[0]: must be an object"},
    {"NoName", R"({"models":[{"base":"text-to-image/dev"}]})", "models[0].name: is required"},
    {"NameOfTheWrongType", R"({"models":[{"name":7}]})", "models[0].name: must be a string"},
    {"NameTooLong", R"({"models":[{"name":")" + std::string(201, 'a') + R"("}]})",
     "models[0].name: must be at most 200 bytes"},
    {"NameWithControlCharacters", R"({"models":[{"name":"edit/\n"}]})",
     "models[0].name: must not hold control characters"},
    {"UnknownMember", Model(R"("colour":1,)"),
     "models[0].colour: is not a known member; known are name, base, fal_endpoint, size_style, tolerance, "
     "price, parameters"},
    {"UnknownMemberOfAnyText", Model(R"("a b\n":1,)"), "models[0].\"a b\\n\": is not a known member"},
    {"UnknownBase", R"({"models":[{"name":"text-to-image/pro","base":"text-to-image/prod","fal_endpoint":"a",
       "price":{"micro_usd":1,"unit":"image"},"parameters":[{"name":"prompt","required":true}]}]})",
     "models[0].base: must be the name of a built-in model or of one further up in the file"},
    {"BaseOfAnotherKind", R"({"models":[{"name":"edit/dev","base":"text-to-image/dev"}]})",
     "models[0].parameters: must have images, required, for EditImage"},
    {"NameTwice",
     R"({"models":[{"name":"edit/a","base":"edit/flux-2"},{"name":"edit/a","base":"edit/flux-2"}]})",
     "models[1].name: must be given once; models[0] has it too"},
    {"NameOfNoKind", R"({"models":[{"name":"upscale/a","base":"text-to-image/dev"}]})",
     "models[0].name: must begin with text-to-image, image-to-image, inpainting, edit or transform"},
    {"NameOfTwoSegments", R"({"models":[{"name":"edit/a/b","base":"edit/flux-2"}]})",
     "models[0].name: must have one name of a-z"},
    {"NameInCapitals", R"({"models":[{"name":"edit/A","base":"edit/flux-2"}]})",
     "models[0].name: must have one name"},
    {"NameWithNothingAfterTheSlash", R"({"models":[{"name":"edit/","base":"edit/flux-2"}]})",
     "models[0].name: must have one name"},
    {"SizeStyleUnknown", Model(R"("size_style":"big",)"),
     R"(models[0].size_style: must be one of "pixels", "ratio")"},
    {"ToleranceUnknown", Model(R"("tolerance":true,)"),
     R"(models[0].tolerance: must be one of "forwarded", "number", "switches_checker")"},
    {"PriceOfTheWrongType", R"({"models":[{"name":"edit/a","base":"edit/flux-2","price":5}]})",
     "models[0].price: must be an object"},
    {"PriceOfHalves",
     R"({"models":[{"name":"edit/a","base":"edit/flux-2","price":{"micro_usd":0.5,"unit":"image"}}]})",
     "models[0].price.micro_usd: must be a whole number of millionths"},
    {"PriceWithoutUnit", R"({"models":[{"name":"edit/a","base":"edit/flux-2","price":{"micro_usd":5}}]})",
     "models[0].price.unit: is required"},
    {"PriceWithAnUnknownMember",
     R"({"models":[{"name":"edit/a","base":"edit/flux-2","price":{"micro_usd":5,"unit":"image","usd":1}}]})",
     "models[0].price.usd: is not a known member"},
    {"NoPrice",
     R"({"models":[{"name":"text-to-image/a","fal_endpoint":"a","parameters":[{"name":"prompt","required":true}]}]})",
     "models[0].price: is required"},
    {"NoEndpoint",
     R"({"models":[{"name":"text-to-image/a","price":{"micro_usd":1,"unit":"image"},"parameters":[{"name":"prompt","required":true}]}]})",
     "models[0].fal_endpoint: must be an app's path"},
    {"ParametersOfTheWrongType", R"({"models":[{"name":"edit/a","base":"edit/flux-2","parameters":5}]})",
     "models[0].parameters: must be a list of at most 100 objects"},
    {"ParameterOfTheWrongType", Model("", ",7"), "models[0].parameters[1]: must be an object"},
    {"ParameterWithoutName", Model("", ",{}"), "models[0].parameters[1].name: is required"},
    {"ParameterTwice", Model("", R"(,{"name":"seed"},{"name":"seed"})"),
     "models[0].parameters[2].name: must be given once; models[0].parameters[1] has it too"},
    {"UnknownField", Model("", R"(,{"name":"sharpness","type":"number"})"),
     "models[0].parameters[1].name: is not a field of flux.v1; a parameter of another name needs \"extra\": "
     "true"},
    {"FieldAsExtra", Model("", R"(,{"name":"seed","extra":true})"),
     "models[0].parameters[1].extra: must be left out; the name is a field of flux.v1"},
    {"FieldWithType", Model("", R"(,{"name":"seed","type":"integer"})"),
     "models[0].parameters[1].type: must be left out; a field of flux.v1 has its type"},
    {"ExtraWithoutType", Model("", R"(,{"name":"sharpness","extra":true})"),
     "models[0].parameters[1].type: is required of an extra"},
    {"ExtraOfAnUnknownType", Model("", R"(,{"name":"sharpness","extra":true,"type":"float"})"),
     "models[0].parameters[1].type: must be one of \"string\", \"integer\""},
    {"ExtraUnderAnotherName",
     Model("", R"(,{"name":"sharpness","extra":true,"type":"number","fal_name":"s"})"),
     "models[0].parameters[1].fal_name: must be left out; an extra is sent under its name"},
    {"ServiceField", Model("", R"(,{"name":"split_images"})"),
     "models[0].parameters[1].name: is answered by this service for every model; leave it out"},
    {"NothingToRemove", Model("", R"(,{"name":"seed","remove":true})"),
     "models[0].parameters[1].remove: must be of a parameter that the base takes"},
    {"RemovesWhatIsRequired",
     R"({"models":[{"name":"text-to-image/a","base":"text-to-image/dev","parameters":[{"name":"prompt","remove":true}]}]})",
     "models[0].parameters: must have prompt, required, for TextToImage"},
    {"RequiredOfTheWrongType", Model("", R"(,{"name":"seed","required":"yes"})"),
     "models[0].parameters[1].required: must be true or false"},
    {"LimitOfTheWrongType", Model("", R"(,{"name":"guidance_scale","minimum":"1"})"),
     "models[0].parameters[1].minimum: must be a number from -2^53 to 2^53, or null"},
    {"LimitsTheWrongWayRound", Model("", R"(,{"name":"guidance_scale","minimum":5,"maximum":1})"),
     "models[0].parameters[1].maximum: must be at least minimum"},
    {"AllowedOfTheWrongType", Model("", R"(,{"name":"output_format","allowed":"png"})"),
     "models[0].parameters[1].allowed: must be a list of strings"},
    {"DefaultOfTheWrongType", Model("", R"(,{"name":"guidance_scale","default":5})"),
     "models[0].parameters[1].default: must be a string"},
    {"DefaultBeyondTheRange",
     Model("", R"(,{"name":"guidance_scale","minimum":1,"maximum":5,"default":"7"})"),
     "models[0].parameters[1].default: must be 1 to 5 for text-to-image/a, not 7"},
    {"ListOfAnotherField", Model("", R"(,{"name":"seed","list":true})"),
     "models[0].parameters[1].list: is only for pictures"},
    {"ClassesWithoutTheirPrices",
     R"({"models":[{"name":"text-to-image/a","base":"text-to-image/flux-3","price":{"micro_usd":5,"unit":"image"}}]})",
     "models[0].price: must have in resolutions a price for each value"},
    {"PriceOfAClassOfTheWrongType",
     R"({"models":[{"name":"text-to-image/a","base":"text-to-image/flux-3",
         "price":{"micro_usd":5,"unit":"image","resolutions":{"1k":"5","2k":1,"4k":1,"512sq":1,"768sq":1}}}]})",
     "models[0].price.resolutions.1k: must be a whole number of millionths"},
    {"ResolutionOfAModelWithSizes",
     R"({"models":[{"name":"text-to-image/a","base":"text-to-image/dev",
         "parameters":[{"name":"resolution","allowed":["1k"],"default":"1k"}]}]})",
     "models[0].parameters[0].name: is only for models whose size_style is"},
    {"LongestBelowZero", R"({"models":[{"name":"edit/a","base":"edit/flux-2","longest_seconds":-1}]})",
     "models[0].longest_seconds: must be a whole number from 0 to 86400"},
    {"TransformWithAPrompt",
     R"({"models":[{"name":"transform/a","base":"transform/vision-upscaler","parameters":[{"name":"prompt"}]}]})",
     "models[0].parameters[0].name: is not a field of Transform"},
    {"RuleOfTheBaseThatNoLongerFits",
     R"({"models":[{"name":"text-to-image/a","base":"text-to-image/dev","tolerance":"forwarded"}]})",
     "models[0].parameters: safety_tolerance.allowed is required: the tolerances that the model knows"},
};

class OneMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(OneMistake, IsToldWithItsPath) {
  EXPECT_THAT(Load(GetParam().file).problems, ElementsAre(::testing::StartsWith(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(LoadCatalogue, OneMistake, ::testing::ValuesIn(kMistakes),
                         [](const auto& test) { return test.param.name; });

TEST(LoadCatalogue, TellsEveryMistakeAtOnceInTheFilesOrder) {
  const CatalogueLoad load = Load(R"({"models":[
      {"name":"text-to-image/a","base":"text-to-image/dev","fal_endpoint":"/a//b","parameters":[
        {"name":"num_inference_steps","minimum":9,"maximum":3},{"name":"nonsense"}]},
      5,
      {"name":"text-to-image/a","price":7}]})");
  EXPECT_THAT(
      load.problems,
      ElementsAre(
          "models[0].parameters[1].name: is not a field of flux.v1; a parameter of another name needs "
          "\"extra\": true",
          HasSubstr("models[0].fal_endpoint: must be an app's path"),
          "models[0].parameters[0].maximum: must be at least minimum",
          HasSubstr("models[0].parameters[0].default: must be 9 to 3"), "models[1]: must be an object",
          "models[2].name: must be given once; models[0] has it too"));
}

TEST(LoadCatalogue, BoundsWhatItReads) {
  EXPECT_THAT(Load(std::string(kMaxCatalogueBytes + 1, ' ')).problems,
              ElementsAre("the file must be at most 1 MiB"));
  std::string models;
  for (std::size_t i = 0; i <= kMaxCatalogueModels; ++i) models += (i > 0 ? "," : "") + std::string("0");
  EXPECT_THAT(Load(R"({"models":[)" + models + "]}").problems,
              ElementsAre(HasSubstr("at most 1000 objects")));
  std::string parameters;
  for (std::size_t i = 0; i < kMaxModelParameters; ++i) parameters += ",0";
  EXPECT_THAT(Load(Model("", parameters)).problems,
              Contains(HasSubstr("models[0].parameters: must be a list of at most 100")));
}

TEST(LoadCatalogueFile, KnowsTheBuiltInModelsWithoutAFile) {
  const CatalogueLoad load = LoadCatalogueFile("");
  EXPECT_THAT(load.problems, IsEmpty());
  EXPECT_EQ(load.rows.size(), TestCatalogue().rows().size());
}

TEST(LoadCatalogueFile, TellsFilesThatAreNone) {
  EXPECT_THAT(LoadCatalogueFile("tests/none.json").problems,
              ElementsAre("\"tests/none.json\" is not a file"));
  EXPECT_THAT(LoadCatalogueFile("tests").problems, ElementsAre("\"tests\" is not a file"));
  const std::string large = ::testing::TempDir() + "/large_catalogue.json";
  std::ofstream(large) << std::string(kMaxCatalogueBytes + 1, ' ');
  EXPECT_THAT(LoadCatalogueFile(large).problems, ElementsAre("the file must be at most 1 MiB"));
  std::filesystem::remove(large);
}

}  // namespace
}  // namespace flux::service
