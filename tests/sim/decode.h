// Pictures decoded with the libraries that everybody uses.
#pragma once

#include <gtest/gtest.h>
#include <jpeglib.h>  // needs FILE first
#include <png.h>
#include <webp/decode.h>

#include <cstdio>
#include <string>

#include "sim/pictures/codec.h"

namespace flux::sim {

inline Picture DecodePng(const std::string& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0) << image.message;
  image.format = PNG_FORMAT_RGB;
  Picture picture{{static_cast<int>(image.width), static_cast<int>(image.height)}, {}};
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, picture.rgb.data(), 0, nullptr), 0) << image.message;
  return picture;
}

// libjpeg's default handler ends the program on an error, which fails the test well enough.
inline Picture DecodeJpeg(const std::string& bytes) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct jpeg;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  jpeg_start_decompress(&jpeg);
  Picture picture{{static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height)}, {}};
  picture.rgb.resize(static_cast<std::size_t>(picture.size.Area()) * 3);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = picture.rgb.data() + std::size_t{jpeg.output_scanline} * jpeg.output_width * 3;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_destroy_decompress(&jpeg);
  return picture;
}

inline Picture DecodeWebp(const std::string& bytes) {
  Picture picture;
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::uint8_t* const rgb = WebPDecodeRGB(data, bytes.size(), &picture.size.width, &picture.size.height);
  EXPECT_NE(rgb, nullptr);
  if (rgb != nullptr) picture.rgb.assign(rgb, rgb + picture.size.Area() * 3);
  WebPFree(rgb);
  return picture;
}

// By what the bytes are, not by what somebody says of them.
inline Picture Decode(const std::string& bytes) {
  const std::string_view type = SniffType(bytes);
  if (type == "image/png") return DecodePng(bytes);
  if (type == "image/webp") return DecodeWebp(bytes);
  if (type == "image/jpeg") return DecodeJpeg(bytes);
  ADD_FAILURE() << "not a picture";
  return {};
}

}  // namespace flux::sim
