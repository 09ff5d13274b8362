// libpng and libjpeg report errors with longjmp: the functions that call setjmp own nothing that needs a
// destructor, and what they change lives in the object.
#include "base/picture_decoder.h"

#include <jerror.h>
#include <jpeglib.h>  // needs FILE and size_t first
#include <png.h>
#include <webp/decode.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

namespace flux {
namespace {

// Text that survives a longjmp.
using Problem = std::array<char, JMSG_LENGTH_MAX>;

void Say(Problem& problem, const char* text) {
  std::strncpy(problem.data(), text, problem.size() - 1);
}

bool Fits(PictureSize size) {
  return size.width > 0 && size.height > 0 && size.width <= kMaxSide && size.height <= kMaxSide;
}

constexpr const char* kTooLong = "a side is longer than any that fal makes";
constexpr const char* kTooMuchMemory = "decoding it takes too much memory";

class PngDecoder final : public PictureDecoder {
 public:
  explicit PngDecoder(std::string_view bytes)
      : rest_(bytes), png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning)) {
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) Say(problem_, "out of memory");
  }
  ~PngDecoder() override { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  std::optional<PictureSize> ReadHeader() override {
    if (!ReadInfo()) return std::nullopt;
    return PictureSize{png_get_image_width(png_, info_), png_get_image_height(png_, info_)};
  }
  Outcome ReadPixels() override { return ReadRows() ? Outcome::kSound : Outcome::kBroken; }
  std::string problem() const override { return problem_.data(); }

 private:
  [[noreturn]] static void OnError(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
    Say(self->problem_, message);
    png_longjmp(png, 1);
  }

  static void OnWarning(png_structp, png_const_charp) {}

  static void OnRead(png_structp png, png_bytep target, png_size_t size) {
    auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (size > self->rest_.size()) png_error(png, "the file ends too early");
    std::memcpy(target, self->rest_.data(), size);
    self->rest_.remove_prefix(size);
  }

  bool ReadInfo() {
    if (info_ == nullptr) return false;
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, OnRead);
    png_set_user_limits(png_, kMaxSide, kMaxSide);
    png_set_chunk_cache_max(png_, 1);  // none: a thousand compressed texts could grow to 8 MB each
    png_read_info(png_, info_);
    return true;
  }

  bool ReadRows() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    const int passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    row_.resize(png_get_rowbytes(png_, info_));
    const png_uint_32 height = png_get_image_height(png_, info_);
    for (int pass = 0; pass < passes; ++pass) {
      for (png_uint_32 y = 0; y < height; ++y) png_read_row(png_, row_.data(), nullptr);
    }
    png_read_end(png_, nullptr);
    return true;
  }

  std::string_view rest_;
  Problem problem_{};
  std::vector<png_byte> row_;
  png_structp png_;
  png_infop info_ = nullptr;
};

// libjpeg-turbo's own advice against files that are all scans; usual encoders write ten.
constexpr int kMaxScans = 100;

class JpegDecoder final : public PictureDecoder {
 public:
  explicit JpegDecoder(std::string_view bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = OnError;
    errors_.emit_message = OnMessage;
    jpeg_.client_data = this;
  }
  ~JpegDecoder() override { jpeg_destroy_decompress(&jpeg_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  std::optional<PictureSize> ReadHeader() override {
    if (!ReadInfo()) return std::nullopt;
    const PictureSize size{jpeg_.image_width, jpeg_.image_height};
    if (Fits(size)) return size;
    Say(problem_, kTooLong);
    return std::nullopt;
  }

  Outcome ReadPixels() override {
    if (ReadRows()) return Outcome::kSound;
    if (errors_.msg_code != JERR_NO_BACKING_STORE) return Outcome::kBroken;
    Say(problem_, kTooMuchMemory);
    return Outcome::kUnchecked;
  }

  std::string problem() const override { return problem_.data(); }

 private:
  static JpegDecoder& Self(j_common_ptr jpeg) { return *static_cast<JpegDecoder*>(jpeg->client_data); }

  [[noreturn]] static void OnError(j_common_ptr jpeg) {
    jpeg->err->format_message(jpeg, Self(jpeg).problem_.data());
    std::longjmp(Self(jpeg).escape_, 1);
  }

  // Below zero are warnings: libjpeg fills damaged parts with grey and goes on, which is no sound picture.
  static void OnMessage(j_common_ptr jpeg, int level) {
    const int code = jpeg->err->msg_code;
    if (level < 0 && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM) OnError(jpeg);
  }

  static void OnProgress(j_common_ptr jpeg) {
    JpegDecoder& self = Self(jpeg);
    if (self.jpeg_.input_scan_number <= kMaxScans) return;
    Say(self.problem_, "too many scans");
    std::longjmp(self.escape_, 1);
  }

  bool ReadInfo() {
    if (setjmp(escape_) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    progress_.progress_monitor = OnProgress;
    jpeg_.progress = &progress_;
    jpeg_.mem->max_memory_to_use = static_cast<long>(kMaxDecoderMemory);  // NOLINT: libjpeg's type
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    return jpeg_read_header(&jpeg_, TRUE) == JPEG_HEADER_OK;
  }

  bool ReadRows() {
    if (setjmp(escape_) != 0) return false;
    // Nobody looks at the pixels: whatever the components mean, they stay what they are, and quickly so.
    jpeg_.out_color_space = jpeg_.jpeg_color_space;
    jpeg_.do_fancy_upsampling = FALSE;
    jpeg_.dct_method = JDCT_IFAST;
    jpeg_start_decompress(&jpeg_);
    row_.resize(std::size_t{jpeg_.output_width} * static_cast<std::size_t>(jpeg_.output_components));
    JSAMPROW row = row_.data();
    while (jpeg_.output_scanline < jpeg_.output_height) jpeg_read_scanlines(&jpeg_, &row, 1);
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  std::string_view bytes_;
  Problem problem_{};
  std::vector<JSAMPLE> row_;
  std::jmp_buf escape_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct jpeg_{};
};

class WebpDecoder final : public PictureDecoder {
 public:
  explicit WebpDecoder(std::string_view bytes)
      : bytes_(reinterpret_cast<const std::uint8_t*>(bytes.data())), size_(bytes.size()) {}

  std::optional<PictureSize> ReadHeader() override {
    WebPInitDecoderConfig(&config_);
    if (!Succeeded(WebPGetFeatures(bytes_, size_, &config_.input))) return std::nullopt;
    const PictureSize size{static_cast<std::uint32_t>(config_.input.width),
                           static_cast<std::uint32_t>(config_.input.height)};
    if (Fits(size)) return size;
    problem_ = kTooLong;
    return std::nullopt;
  }

  Outcome ReadPixels() override {
    if (config_.input.has_animation != 0) {
      problem_ = "it is animated";
      return Outcome::kUnchecked;
    }
    // libwebp has no rows to offer: 4 bytes per pixel of its own where it is lossless, and the planes.
    const std::size_t pixels =
        static_cast<std::size_t>(config_.input.width) * static_cast<std::size_t>(config_.input.height);
    if (pixels * 6 > kMaxDecoderMemory) {
      problem_ = kTooMuchMemory;
      return Outcome::kUnchecked;
    }
    config_.output.colorspace = MODE_YUV;
    const bool decoded = Succeeded(WebPDecode(bytes_, size_, &config_));
    WebPFreeDecBuffer(&config_.output);
    return decoded ? Outcome::kSound : Outcome::kBroken;
  }

  std::string problem() const override { return problem_; }

 private:
  bool Succeeded(VP8StatusCode code) {
    switch (code) {
      case VP8_STATUS_OK:
        return true;
      case VP8_STATUS_NOT_ENOUGH_DATA:
      case VP8_STATUS_SUSPENDED:
        problem_ = "the file ends too early";
        return false;
      case VP8_STATUS_OUT_OF_MEMORY:
        problem_ = "out of memory";
        return false;
      default:
        problem_ = "invalid bitstream";
        return false;
    }
  }

  const std::uint8_t* bytes_;
  std::size_t size_;
  WebPDecoderConfig config_{};
  const char* problem_ = "";
};

template <typename Decoder>
std::unique_ptr<PictureDecoder> Make(std::string_view bytes) {
  return std::make_unique<Decoder>(bytes);
}

struct Format {
  std::string_view content_type;
  std::unique_ptr<PictureDecoder> (*make)(std::string_view bytes);
};

constexpr std::array kFormats{
    Format{"image/png", Make<PngDecoder>},
    Format{"image/jpeg", Make<JpegDecoder>},
    Format{"image/webp", Make<WebpDecoder>},
};

}  // namespace

std::unique_ptr<PictureDecoder> MakePictureDecoder(std::string_view content_type, std::string_view bytes) {
  const auto format = std::ranges::find(kFormats, content_type, &Format::content_type);
  return format == kFormats.end() ? nullptr : format->make(bytes);
}

}  // namespace flux
