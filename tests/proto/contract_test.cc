// Every element of the contract is commented, and fields of requests say first whether they are required. Comments are
// not in compiled descriptors, so the files are parsed here once more.
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

namespace flux {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::SourceLocation;

class Errors : public google::protobuf::compiler::MultiFileErrorCollector {
  void AddError(const std::string& file, int line, int, const std::string& message) override {
    ADD_FAILURE() << file << ":" << line << ": " << message;
  }
};

class ContractTest : public testing::Test {
 protected:
  ContractTest() { tree_.MapPath("", FLUX_SOURCE_DIR "/proto"); }

  template <typename Element>
  std::string Comment(const Element* element) {
    SourceLocation location;
    EXPECT_TRUE(element->GetSourceLocation(&location));
    EXPECT_FALSE(location.leading_comments.empty()) << element->full_name() << " has no comment";
    return location.leading_comments;
  }

  void Walk(const Descriptor* message) {
    Comment(message);
    const bool is_request = message->name().ends_with("Request") || message->name() == "GenerationParameters";
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      const std::string comment = Comment(field);
      if (!is_request) continue;
      EXPECT_TRUE(comment.starts_with(" Required.") || comment.starts_with(" Optional."))
          << field->full_name() << " does not say whether it is required";
    }
    for (int i = 0; i < message->nested_type_count(); ++i) Walk(message->nested_type(i));
    for (int i = 0; i < message->enum_type_count(); ++i) Walk(message->enum_type(i));
  }

  void Walk(const EnumDescriptor* type) {
    Comment(type);
    EXPECT_TRUE(type->value(0)->name().ends_with("_UNSPECIFIED")) << type->full_name();
    for (int i = 0; i < type->value_count(); ++i) Comment(type->value(i));
  }

  google::protobuf::compiler::DiskSourceTree tree_;
  Errors errors_;
  google::protobuf::compiler::Importer importer_{&tree_, &errors_};
};

TEST_F(ContractTest, EveryElementIsCommented) {
  for (const char* name : {"generation", "models", "errors", "flux_service"}) {
    const FileDescriptor* file = importer_.Import("flux/v1/" + std::string(name) + ".proto");
    ASSERT_NE(file, nullptr);
    for (int i = 0; i < file->message_type_count(); ++i) Walk(file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) Walk(file->enum_type(i));
    for (int i = 0; i < file->service_count(); ++i) {
      Comment(file->service(i));
      for (int j = 0; j < file->service(i)->method_count(); ++j) Comment(file->service(i)->method(j));
    }
  }
}

// A changed type would read old bytes as something else.
TEST_F(ContractTest, SeedsAreUnsigned64) {
  const FileDescriptor* file = importer_.Import("flux/v1/generation.proto");
  for (const char* message : {"GenerationParameters", "Generation"}) {
    EXPECT_EQ(file->FindMessageTypeByName(message)->FindFieldByName("seed")->type(), FieldDescriptor::TYPE_UINT64);
  }
}

}  // namespace
}  // namespace flux
