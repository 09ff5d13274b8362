// The built-in rows, one function per family. Only catalogue.cc puts them together.
#pragma once

#include <vector>

#include "service/catalogue/catalogue.h"

namespace flux::service {

// The open FLUX.1 apps: fal-ai/flux, fal-ai/flux-1.
std::vector<ModelRow> Flux1Rows();
// The FLUX.1 apps behind fal-ai/flux-pro, Kontext aside.
std::vector<ModelRow> ProRows();
// FLUX.1 Kontext, hosted and open.
std::vector<ModelRow> KontextRows();
// FLUX.2.
std::vector<ModelRow> Flux2Rows();
// FLUX.2 with weights of one's own, and its klein models.
std::vector<ModelRow> Flux2LoraRows();
// fal's own weights for FLUX.2, each an app.
std::vector<ModelRow> GalleryRows();
// FLUX 3.
std::vector<ModelRow> Flux3Rows();
// The open FLUX.1 apps with weights, a control or a picture of their own kind.
std::vector<ModelRow> LoraRows();
// What makes another picture of one, without a prompt.
std::vector<ModelRow> TransformRows();
// The open apps that repaint a masked part.
std::vector<ModelRow> InpaintingRows();

}  // namespace flux::service
