// What fal documents of FLUX 3 and of the apps that came to the simulator with it (fal-api §12, §13).
#include "tests/sim/model_specs.h"

namespace flux::sim {
namespace {

using std::string;

const string kSize = " image_size:size=landscape_4_3";
const string kSizeOfInput = " image_size?:size";
const string kCounted = " num_images:int=1[1..4] seed?:int sync_mode:bool=false";
const string kJpeg = kCounted + " output_format:choice=jpeg{jpeg,png}";
const string kPng = kCounted + " output_format:choice=png{jpeg,png}";
const string kChecker = " enable_safety_checker:bool=true";
const string kAccel2 = " acceleration:choice=none{none,regular}";
const string kAccel2On = " acceleration:choice=regular{none,regular}";
const string kAccel3 = " acceleration:choice=none{none,regular,high}";
const string kAccel3On = " acceleration:choice=regular{none,regular,high}";
const string kLoras = " loras:objects=[]";
const string kThree = " loras:objects=[][..3]";

const string kDev =
    "prompt!:text num_inference_steps:int=28[1..50] guidance_scale:num=3.5[1..20]" + kSize + kChecker + kJpeg;
const string kImageToImage =
    "prompt!:text image_url!:image num_inference_steps:int=40[10..50] strength:num=0.95[0.01..1] "
    "guidance_scale:num=3.5[1..20]" +
    kChecker + kJpeg;
const string kRedux = "image_url!:image num_inference_steps:int=28[1..50] guidance_scale:num=3.5[1..20]" +
                      kSize + kChecker + kJpeg;

const string kDials = " num_inference_steps:int=28[1..50] guidance_scale:num=3.5[0..35]" + kChecker + kLoras;
const string kLora = "prompt!:text" + kSize + kDials + kAccel2 + kJpeg;
const string kStrength = " strength:num=0.85[0.01..1]";
const string kFrom = "prompt!:text image_url!:image" + kSizeOfInput;
const string kGeneral =
    kDials +
    " num_images:int=1[1..10] seed?:int sync_mode:bool=false output_format:choice=png{jpeg,png} "
    "negative_prompt:text=\"\" controlnets:objects=[] controlnet_unions:objects=[] control_loras:objects=[] "
    "easycontrols:objects=[] ip_adapters:objects=[] fill_image?:object nag_scale:num=3 nag_tau:num=2.5 "
    "nag_alpha:num=0.25 nag_end:num=0.25 scheduler:choice=euler{euler,dpmpp_2m} base_shift:num=0.5 "
    "max_shift:num=1.15 sigma_schedule?:text use_beta_schedule:bool=false use_cfg_zero:bool=false "
    "use_real_cfg:bool=false real_cfg_scale:num=3.5 reference_image_url?:image reference_strength:num=0.65 "
    "reference_start:num=0 reference_end:num=1";
const string kControl = " control_lora_image_url!:image control_lora_strength:num=1" + kDials + kJpeg;
const string kKontext =
    " num_inference_steps:int=30[10..50] guidance_scale:num=2.5[0..20]" + kChecker + kLoras + kAccel3 + kPng;

const string kOpen2 = kCounted + " output_format:choice=png{jpeg,png,webp}" + kChecker;
const string kFlux2 =
    " num_inference_steps:int=28[4..50] guidance_scale:num=2.5[0..20] "
    "enable_prompt_expansion:bool=false" +
    kAccel3On + kOpen2 + kThree;
const string kKlein = " num_inference_steps:int=4[4..8]" + kOpen2;
const string kBase =
    " num_inference_steps:int=28[4..50] guidance_scale:num=5[0..20] negative_prompt:text=\"\"" + kAccel3On +
    kOpen2;
const string kEdit = "prompt!:text image_urls!:images[1..]" + kSizeOfInput;
const string kGallery =
    " lora_scale:num=1 num_inference_steps:int=40[1..50] guidance_scale:num=2.5[0..20]" + kAccel2On + kOpen2;
const string kBackground = "prompt:text=\"Add_Background_forest\" image_urls!:images[1..]" + kSizeOfInput;

const string kFlux3 =
    " aspect_ratio:choice=auto{auto,21:9,2:1,16:9,3:2,7:5,4:3,5:4,1:1,4:5,3:4,5:7,2:3,9:16,1:2} "
    "resolution:choice=1k{512sq,768sq,1k,2k,4k} safety_tolerance:int=2[0..4] "
    "output_format:choice=jpeg{jpeg,png} enable_prompt_expansion:bool=false sync_mode:bool=false "
    "version:choice=latest{latest}";

constexpr Pixels kUsual{1024, 768};
constexpr Pixels kInput{96, 64};

}  // namespace

std::vector<Spec> NewerSpecs() {
  std::vector<Spec> specs = {
      {"blackforestlabs/flux-3/text-to-image", "prompt!:text" + kFlux3, {1184, 880}, Form::kFilesOnly},
      {"blackforestlabs/flux-3/edit-image",
       "prompt!:text image_urls!:images[1..10]" + kFlux3,
       {1248, 832},
       Form::kFilesOnly,
       "jpeg",
       1,
       {384, 256}},

      {"fal-ai/flux/krea", kDev + kAccel3, kUsual},
      {"fal-ai/flux/srpo", kDev + kAccel3, kUsual},
      {"fal-ai/flux-1/srpo", kDev + kAccel3On, kUsual},
      {"fal-ai/flux/krea/image-to-image", kImageToImage + kAccel3, kInput},
      {"fal-ai/flux/srpo/image-to-image", kImageToImage + kAccel3, kInput},
      {"fal-ai/flux-1/krea/image-to-image", kImageToImage + kAccel3On, kInput},
      {"fal-ai/flux-1/srpo/image-to-image", kImageToImage + kAccel3On, kInput},
      {"fal-ai/flux/krea/redux", kRedux + kAccel3, kUsual},
      {"fal-ai/flux-1/krea/redux", kRedux + kAccel3On, kUsual},
      {"fal-ai/flux-1/schnell/redux",
       "image_url!:image num_inference_steps:int=4[1..12]" + kSize + kChecker + kJpeg + kAccel3On, kUsual},

      {"fal-ai/flux-lora", kLora, kUsual},
      {"fal-ai/flux-krea-lora", kLora, kUsual},
      {"fal-ai/flux-lora/image-to-image", kFrom + kStrength + kDials + kAccel2 + kJpeg, kInput},
      {"fal-ai/flux-krea-lora/image-to-image", kFrom + kStrength + kDials + kAccel2 + kJpeg, kInput},
      {"fal-ai/flux-lora-canny", kFrom + kDials + kAccel2 + kJpeg, kInput},
      {"fal-ai/flux-lora-depth", kFrom + kDials + kAccel2 + kJpeg, kInput},
      {"fal-ai/flux-general", "prompt!:text" + kSize + kGeneral, kUsual, Form::kSized, "png"},
      {"fal-ai/flux-general/image-to-image", kFrom + kStrength + kGeneral, kInput, Form::kSized, "png"},
      {"fal-ai/flux-control-lora-canny", "prompt!:text" + kSize + kControl, kUsual},
      {"fal-ai/flux-control-lora-depth", "prompt!:text preprocess_depth:bool=true" + kSize + kControl,
       kUsual},
      {"fal-ai/flux-control-lora-canny/image-to-image", kFrom + kStrength + kControl, kInput},
      {"fal-ai/flux-control-lora-depth/image-to-image", kFrom + kStrength + kControl, kInput},
      {"fal-ai/flux-kontext-lora",
       "prompt!:text image_url!:image "
       "resolution_mode:choice=match_input{match_input,auto,1:1,16:9,21:9,3:2,2:3,4:5,5:4,3:4,4:3,9:16,9:"
       "21}" +
           kKontext,
       kInput, Form::kSized, "png"},
      {"fal-ai/flux-kontext-lora/text-to-image", "prompt!:text" + kSize + kKontext, kUsual, Form::kSized,
       "png"},
      {"fal-ai/flux-subject",
       "prompt!:text image_url!:image image_size:size=square_hd num_inference_steps:int=8[1..50] "
       "guidance_scale:num=3.5[0..35]" +
           kChecker + kPng,
       {1024, 1024},
       Form::kSized,
       "png"},
      {"fal-ai/flux-pulid",
       "prompt!:text reference_image_url!:image negative_prompt:text=\"\" num_inference_steps:int=20[1..50] "
       "guidance_scale:num=4[1..20] id_weight:num=1 true_cfg:num=1 start_step:int=0[0..50] "
       "max_sequence_length:choice=128{128,256,512} seed?:int sync_mode:bool=false" +
           kSize + kChecker,
       kUsual},

      {"fal-ai/flux-pro/v1.1-ultra-finetuned",
       "prompt!:text image_url?:image finetune_id!:text finetune_strength!:num[0..2] "
       "image_prompt_strength:num=0.1[0..1] aspect_ratio:text=16:9 raw:bool=false enhance_prompt:bool=false "
       "safety_tolerance:choice=2{1,2,3,4,5,6}" +
           kJpeg,
       {2752, 1536}},
      {"fal-ai/flux-pro/v1/vto",
       "prompt!:text human_image_url!:image garment_image_url!:image seed?:int sync_mode:bool=false "
       "output_format:choice=jpeg{jpeg,png}",
       kInput, Form::kSized, "jpeg", 3},
      {"fal-ai/flux-pro/v1/erase",
       "image_url!:image mask_url!:image dilate_pixels:int=10[0..25] sync_mode:bool=false "
       "output_format:choice=jpeg{jpeg,png}",
       kInput, Form::kSized, "jpeg", 4},

      {"fal-ai/flux-2/lora", "prompt!:text image_size:size=landscape_4_3[512..2048]" + kFlux2, kUsual,
       Form::kFile, "png"},
      {"fal-ai/flux-2/lora/edit", "prompt!:text image_urls!:images[1..] image_size?:size[512..2048]" + kFlux2,
       kInput, Form::kFile, "png", 2},
      {"fal-ai/flux-2-pro/outpaint",
       "image_url!:image expand_top:int=0[0..2048] expand_bottom:int=0[0..2048] expand_left:int=0[0..2048] "
       "expand_right:int=0[0..2048] auto_crop:bool=false mode:choice=high{high,fast} sync_mode:bool=false "
       "output_format:choice=jpeg{jpeg,png}" +
           kChecker,
       kInput, Form::kFilesOnly},
      {"fal-ai/flux-vision-upscaler",
       "image_url!:image upscale_factor:num=2[1..4] creativity:num=0.3[0..1] guidance:num=1[1..4] "
       "steps:int=20[4..50] seed?:int" +
           kChecker,
       {192, 128},
       Form::kOneImage},
      {"fal-ai/flux-2-lora-gallery/multiple-angles",
       "image_urls!:images[1..] horizontal_angle:num=0[0..360] vertical_angle:num=0[0..60] "
       "zoom:num=5[0..10]" +
           kSizeOfInput + kGallery,
       kInput, Form::kFile, "png", 2},
  };
  const auto add = [&specs](const string& endpoint, const string& fields, bool edit) {
    specs.push_back(
        {"fal-ai/" + endpoint, fields, edit ? kInput : kUsual, Form::kFile, "png", edit ? 2.0 : 1.0});
  };
  add("flux-2/klein/4b/base", "prompt!:text" + kSize + kBase, false);
  add("flux-2/klein/4b/base/edit", kEdit + kBase, true);
  for (const string klein : {"flux-2/klein/9b", "flux-2/klein/4b"}) {
    add(klein + "/lora", "prompt!:text" + kSize + kKlein + kThree, false);
    add(klein + "/edit/lora", kEdit + kKlein + kThree, true);
    add(klein + "/base/lora", "prompt!:text" + kSize + kBase + kThree, false);
    add(klein + "/base/edit/lora", kEdit + kBase + kThree, true);
  }
  for (const char* style : {"ballpoint-pen-sketch", "digital-comic-art", "hdr-style", "realism",
                            "satellite-view-style", "sepia-vintage"}) {
    add(string("flux-2-lora-gallery/") + style, "prompt!:text" + kSize + kGallery, false);
  }
  for (const char* style : {"apartment-staging", "virtual-tryon"}) {
    add(string("flux-2-lora-gallery/") + style, kEdit + kGallery, true);
  }
  for (const char* style : {"add-background", "face-to-full-portrait"}) {
    add(string("flux-2-lora-gallery/") + style, kBackground + kGallery, true);
  }
  return specs;
}

}  // namespace flux::sim
