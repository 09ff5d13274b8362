// Answers from the descriptors that protobuf has compiled in.
#include "service/rpc/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <utility>

#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace flux::service {
namespace {

namespace reflection = ::grpc::reflection::v1alpha;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr std::size_t kMostText = 256;  // of a question that is said back

void NotFound(reflection::ServerReflectionResponse& answer) {
  constexpr int kNotFound = 5;  // grpc::StatusCode::NOT_FOUND
  answer.mutable_error_response()->set_error_code(kNotFound);
  answer.mutable_error_response()->set_error_message("it is not part of this server's contract");
}

void AddFile(const FileDescriptor& file, std::set<const FileDescriptor*>& seen,
             reflection::FileDescriptorResponse& answer) {
  if (!seen.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  answer.add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), seen, answer);
}

void TellFile(const FileDescriptor* file, reflection::ServerReflectionResponse& answer) {
  if (file == nullptr) return NotFound(answer);
  std::set<const FileDescriptor*> seen;
  AddFile(*file, seen, *answer.mutable_file_descriptor_response());
}

class ReflectionMethod final : public Method {
 public:
  explicit ReflectionMethod(std::vector<std::string> services) : services_(std::move(services)) {}

  void OnMessage(std::shared_ptr<IncomingCall> call, grpc::ByteBuffer& message) override {
    const auto question = Parse<reflection::ServerReflectionRequest>(message);
    if (!question || question->ByteSizeLong() > kMostText) return call->Finish(NotThatMessage());
    Result<grpc::ByteBuffer> answer = Serialize(Answer(*question));
    if (!answer) return call->Finish(answer.error());
    call->Reply(*std::move(answer), /*read_next=*/true);
  }

 private:
  reflection::ServerReflectionResponse Answer(const reflection::ServerReflectionRequest& question) const {
    const DescriptorPool& pool = *DescriptorPool::generated_pool();
    reflection::ServerReflectionResponse answer;
    answer.set_valid_host(question.host());
    *answer.mutable_original_request() = question;
    switch (question.message_request_case()) {
      case reflection::ServerReflectionRequest::kFileByFilename:
        TellFile(pool.FindFileByName(question.file_by_filename()), answer);
        break;
      case reflection::ServerReflectionRequest::kFileContainingSymbol:
        TellFile(pool.FindFileContainingSymbol(question.file_containing_symbol()), answer);
        break;
      case reflection::ServerReflectionRequest::kFileContainingExtension:
        TellExtension(question.file_containing_extension(), answer);
        break;
      case reflection::ServerReflectionRequest::kAllExtensionNumbersOfType:
        TellExtensions(question.all_extension_numbers_of_type(), answer);
        break;
      case reflection::ServerReflectionRequest::kListServices:
        for (const std::string& service : services_) {
          answer.mutable_list_services_response()->add_service()->set_name(service);
        }
        break;
      case reflection::ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
        NotFound(answer);
        break;
    }
    return answer;
  }

  static void TellExtension(const reflection::ExtensionRequest& question,
                            reflection::ServerReflectionResponse& answer) {
    const DescriptorPool& pool = *DescriptorPool::generated_pool();
    const auto* type = pool.FindMessageTypeByName(question.containing_type());
    const FieldDescriptor* extension =
        type == nullptr ? nullptr : pool.FindExtensionByNumber(type, question.extension_number());
    TellFile(extension == nullptr ? nullptr : extension->file(), answer);
  }

  static void TellExtensions(const std::string& name, reflection::ServerReflectionResponse& answer) {
    const DescriptorPool& pool = *DescriptorPool::generated_pool();
    const auto* type = pool.FindMessageTypeByName(name);
    if (type == nullptr) return NotFound(answer);
    std::vector<const FieldDescriptor*> extensions;
    pool.FindAllExtensions(type, &extensions);
    answer.mutable_all_extension_numbers_response()->set_base_type_name(name);
    for (const FieldDescriptor* extension : extensions) {
      answer.mutable_all_extension_numbers_response()->add_extension_number(extension->number());
    }
  }

  const std::vector<std::string> services_;
};

}  // namespace

void AddReflection(Methods& methods, std::vector<std::string> services) {
  for (const char* const name : {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                 "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"}) {
    methods.Add(name, std::make_unique<ReflectionMethod>(services));
  }
}

}  // namespace flux::service
