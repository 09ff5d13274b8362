// Makes an Order from each of the request messages.
#include "service/order/order.h"

namespace flux::service {
namespace {

template <typename Request>
Order Begin(v1::ModelKind kind, const Request& request) {
  Order order;
  order.kind = kind;
  order.model = request.model();
  if constexpr (requires { request.prompt(); }) {
    if (!request.prompt().empty()) order.prompt = request.prompt();
  }
  if (!request.has_parameters()) return order;

  const v1::GenerationParameters& from = request.parameters();
  if (from.has_image_size()) order.image_size = &from.image_size();
  if (!from.resolution().empty()) order.resolution = from.resolution();
  if (from.has_num_images()) order.num_images = from.num_images();
  if (from.has_num_inference_steps()) order.num_inference_steps = from.num_inference_steps();
  if (from.has_guidance_scale()) order.guidance_scale = from.guidance_scale();
  if (from.has_seed()) order.seed = from.seed();
  if (!from.safety_tolerance().empty()) order.safety_tolerance = from.safety_tolerance();
  if (from.has_enable_safety_checker()) order.enable_safety_checker = from.enable_safety_checker();
  if (from.output_format() != v1::OUTPUT_FORMAT_UNSPECIFIED) order.output_format = from.output_format();
  if (from.acceleration() != v1::ACCELERATION_UNSPECIFIED) order.acceleration = from.acceleration();
  if (from.has_sync_mode()) order.sync_mode = from.sync_mode();
  if (from.has_raw()) order.raw = from.raw();
  if (from.has_enhance_prompt()) order.enhance_prompt = from.enhance_prompt();
  if (from.has_image_prompt_strength()) order.image_prompt_strength = from.image_prompt_strength();
  if (!from.negative_prompt().empty()) order.negative_prompt = from.negative_prompt();
  if (!from.loras().empty()) order.loras = &from.loras();
  if (from.has_split_images()) order.split_images = from.split_images();
  if (from.has_fetch_images()) order.fetch_images = from.fetch_images();
  if (!from.extra().fields().empty()) order.extra = &from.extra();
  order.queue_priority = from.queue_priority();
  order.warn_of_unknown_extra = from.warn_of_unknown_extra();
  return order;
}

}  // namespace

Order ToOrder(const v1::TextToImageRequest& request) {
  return Begin(v1::MODEL_KIND_TEXT_TO_IMAGE, request);
}

Order ToOrder(const v1::ImageToImageRequest& request) {
  Order order = Begin(v1::MODEL_KIND_IMAGE_TO_IMAGE, request);
  if (request.has_image()) order.image = &request.image();
  if (request.has_strength()) order.strength = request.strength();
  return order;
}

Order ToOrder(const v1::InpaintRequest& request) {
  Order order = Begin(v1::MODEL_KIND_INPAINTING, request);
  if (request.has_image()) order.image = &request.image();
  if (request.has_mask()) order.mask = &request.mask();
  if (request.has_strength()) order.strength = request.strength();
  return order;
}

Order ToOrder(const v1::EditImageRequest& request) {
  Order order = Begin(v1::MODEL_KIND_EDIT, request);
  if (!request.images().empty()) order.images = &request.images();
  return order;
}

Order ToOrder(const v1::TransformRequest& request) {
  Order order = Begin(v1::MODEL_KIND_TRANSFORM, request);
  if (request.has_image()) order.image = &request.image();
  return order;
}

}  // namespace flux::service
