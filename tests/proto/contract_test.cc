// Every element of the contract is commented, and fields of requests say first whether they are required.
// Comments are not in compiled descriptors, so the test reads a descriptor set that protoc wrote with source
// information.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>

namespace flux {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::SourceLocation;

class ContractTest : public testing::Test {
 protected:
  ContractTest() {
    google::protobuf::FileDescriptorSet set;
    std::ifstream in(FLUX_DESCRIPTOR_SET, std::ios::binary);
    EXPECT_TRUE(set.ParseFromIstream(&in));
    for (const auto& file : set.file()) pool_.BuildFile(file);
  }

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

  google::protobuf::DescriptorPool pool_;
};

TEST_F(ContractTest, EveryElementIsCommented) {
  for (const char* name : {"generation", "models", "errors", "flux_service"}) {
    const FileDescriptor* file = pool_.FindFileByName("flux/v1/" + std::string(name) + ".proto");
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
  const FileDescriptor* file = pool_.FindFileByName("flux/v1/generation.proto");
  for (const char* message : {"GenerationParameters", "Generation"}) {
    EXPECT_EQ(file->FindMessageTypeByName(message)->FindFieldByName("seed")->type(),
              FieldDescriptor::TYPE_UINT64);
  }
}

}  // namespace
}  // namespace flux
