// Writes JPEG, PNG and WebP, and reads kind and size of a file, as fal's library (Pillow) tells them. libpng
// and libjpeg report errors with longjmp, so the functions that call setjmp own nothing that needs a
// destructor.
#include "sim/pictures/codec.h"

#include <jpeglib.h>  // needs FILE first
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <zlib.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sim/pictures/avif.h"
#include "sim/pictures/exif.h"

namespace flux::sim {
namespace {

constexpr int kJpegQuality = 90;
constexpr float kWebpQuality = 80;

void AppendPng(png_structp png, png_bytep data, png_size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

void IgnorePngWarning(png_structp, png_const_charp) {}

bool WritePng(png_structp png, png_infop info, const Picture& picture, std::string& out) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  const auto width = static_cast<png_uint_32>(picture.size.width);
  const auto height = static_cast<png_uint_32>(picture.size.height);
  png_set_write_fn(png, &out, AppendPng, nullptr);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  // Measured on painted pictures: this pair is the quickest (about 10 ms for 1024x768) and the smallest.
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_level(png, 1);
  png_set_compression_strategy(png, Z_RLE);
  png_write_info(png, info);
  for (png_uint_32 y = 0; y < height; ++y)
    png_write_row(png, picture.rgb.data() + std::size_t{y} * width * 3);
  png_write_end(png, nullptr);
  return true;
}

// The first member is what libjpeg knows, so that a pointer to it is a pointer to the whole.
struct JpegErrors {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
};

[[noreturn]] void EscapeJpeg(j_common_ptr jpeg) {
  std::longjmp(reinterpret_cast<JpegErrors*>(jpeg->err)->escape, 1);
}

void IgnoreJpegMessage(j_common_ptr, int) {}

void Prepare(JpegErrors& errors) {
  jpeg_std_error(&errors.manager);
  errors.manager.error_exit = EscapeJpeg;
  errors.manager.emit_message = IgnoreJpegMessage;
}

struct JpegOutput {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
};

bool WriteJpeg(jpeg_compress_struct& jpeg, JpegErrors& errors, const Picture& picture, JpegOutput& out) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &out.bytes, &out.size);
  jpeg.image_width = static_cast<JDIMENSION>(picture.size.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.size.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, kJpegQuality, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row =
        const_cast<JSAMPROW>(picture.rgb.data() + std::size_t{jpeg.next_scanline} * jpeg.image_width * 3);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return true;
}

bool ReadJpegSize(jpeg_decompress_struct& jpeg, JpegErrors& errors, std::string_view bytes) {
  if (setjmp(errors.escape) != 0) return false;
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);  // Exif
  return jpeg_read_header(&jpeg, TRUE) == JPEG_HEADER_OK;
}

// fal turns a picture as its first Exif segment says.
bool IsTurned(const jpeg_decompress_struct& jpeg) {
  for (const auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (data.starts_with("Exif")) return ExifSwapsSides(data);
  }
  return false;
}

// That of the whole screen, whatever part of it the first frame covers.
std::optional<Pixels> ReadGifSize(std::string_view bytes) {
  constexpr std::size_t kWidth = 6;
  if (bytes.size() < kWidth + 4) return std::nullopt;
  const auto side = [bytes](std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) | static_cast<unsigned char>(bytes[at + 1]) << 8;
  };
  const Pixels size{side(kWidth), side(kWidth + 2)};
  return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

}  // namespace

std::string EncodePng(const Picture& picture) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, IgnorePngWarning);
  if (png == nullptr) return out;
  png_infop info = png_create_info_struct(png);
  if (info == nullptr || !WritePng(png, info, picture, out)) out.clear();
  png_destroy_write_struct(&png, &info);
  return out;
}

std::string EncodeJpeg(const Picture& picture) {
  JpegErrors errors;
  Prepare(errors);
  jpeg_compress_struct jpeg{};
  jpeg.err = &errors.manager;
  JpegOutput out;
  const bool written = WriteJpeg(jpeg, errors, picture, out);
  jpeg_destroy_compress(&jpeg);
  std::string bytes;
  if (written) bytes.assign(reinterpret_cast<const char*>(out.bytes), out.size);
  std::free(out.bytes);
  return bytes;
}

std::string EncodeWebp(const Picture& picture) {
  WebPConfig config;
  WebPPicture source;
  if (WebPConfigInit(&config) == 0 || WebPPictureInit(&source) == 0) return {};
  config.quality = kWebpQuality;
  config.method = 0;  // the quickest
  source.width = picture.size.width;
  source.height = picture.size.height;
  WebPMemoryWriter out;
  WebPMemoryWriterInit(&out);
  source.writer = WebPMemoryWrite;
  source.custom_ptr = &out;
  const bool written = WebPPictureImportRGB(&source, picture.rgb.data(), picture.size.width * 3) != 0 &&
                       WebPEncode(&config, &source) != 0;
  std::string bytes;
  if (written) bytes.assign(reinterpret_cast<const char*>(out.mem), out.size);
  WebPPictureFree(&source);
  WebPMemoryWriterClear(&out);
  return bytes;
}

std::string Encode(Format format, const Picture& picture) {
  switch (format) {
    case Format::kJpeg:
      return EncodeJpeg(picture);
    case Format::kPng:
      return EncodePng(picture);
    case Format::kWebp:
      return EncodeWebp(picture);
  }
  return {};
}

std::string_view ContentType(Format format) {
  switch (format) {
    case Format::kJpeg:
      return "image/jpeg";
    case Format::kPng:
      return "image/png";
    case Format::kWebp:
      return "image/webp";
  }
  return {};
}

std::string_view SniffType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (IsAvif(bytes)) return "image/avif";
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return {};
}

std::optional<Pixels> ReadSize(std::string_view bytes) {
  const std::string_view type = SniffType(bytes);
  if (type == "image/png") {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const int readable = png_image_begin_read_from_memory(&image, bytes.data(), bytes.size());
    const Pixels size{static_cast<int>(image.width), static_cast<int>(image.height)};
    png_image_free(&image);
    if (readable == 0) return std::nullopt;
    return size;
  }
  if (type == "image/jpeg") {
    JpegErrors errors;
    Prepare(errors);
    jpeg_decompress_struct jpeg{};
    jpeg.err = &errors.manager;
    const bool readable = ReadJpegSize(jpeg, errors, bytes);
    Pixels size{static_cast<int>(jpeg.image_width), static_cast<int>(jpeg.image_height)};
    if (readable && IsTurned(jpeg)) std::swap(size.width, size.height);
    jpeg_destroy_decompress(&jpeg);
    if (!readable) return std::nullopt;
    return size;
  }
  if (type == "image/webp") {
    Pixels size;
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (WebPGetInfo(data, bytes.size(), &size.width, &size.height) == 0) return std::nullopt;
    return size;
  }
  if (type == "image/gif") return ReadGifSize(bytes);
  if (type == "image/avif") return ReadAvifSize(bytes);
  return std::nullopt;
}

}  // namespace flux::sim
