# shellcheck shell=bash disable=SC2034,SC2154  # rooms of one script share variables
# Sourced by scripts/bench-pictures and scripts/soak: requests that carry a picture of some size, one way or the other.

boundary=bench-boundary

# picture_request WAY BYTES: writes it to $work/picture.body; sets $picture (options of bench-load) and $body_bytes (of the larger of
# request and reply, as the gateway's caller sees them). WAY: result (the reply has the picture, as a data URI), input (the request
# has it, as a data URI), upload (the request has it, as a file of a form), both (a file, and the reply has one).
picture_request() {
  local encoded=$((($2 + 2) / 3 * 4)) path=/api/v1/flux/image-to-image
  picture=(--body-file "$work/picture.body")
  body_bytes=$2
  case $1 in
    result)
      printf '{"prompt":"x","sync_mode":true}' >"$work/picture.body"
      path=/api/v1/flux/text-to-image/dev body_bytes=$encoded
      ;;
    input)
      body_bytes=$encoded
      { printf '{"prompt":"x","image_url":"data:image/png;base64,' && png "$2" | base64 -w0 && printf '"}'; } >"$work/picture.body"
      ;;
    upload | both)
      {
        printf -- '--%s\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n' "$boundary"
        [ "$1" = upload ] || printf -- '--%s\r\nContent-Disposition: form-data; name="sync_mode"\r\n\r\ntrue\r\n' "$boundary"
        printf -- '--%s\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n' "$boundary"
        png "$2"
        printf -- '\r\n--%s--\r\n' "$boundary"
      } >"$work/picture.body"
      picture+=(--content-type "multipart/form-data; boundary=$boundary")
      ;;
  esac
  case $1 in
    result | both) picture+=(--expect data:image/jpeg) ;;
    *) picture+=(--expect https://v3.fal.media/files/) ;;
  esac
  picture+=(--path "$path")
}
png() { printf '\x89PNG\r\n\x1a\n' && head -c $(($1 - 8)) /dev/zero; }  # png BYTES: what begins as one

small_load() {  # small_load OPTION of bench-load...: requests without a picture
  "${on_load[@]}" "$bin/bench-load" --port "$port" --path /api/v1/flux/text-to-image/dev --expect https://v3.fal.media/files/ \
    --body '{"prompt":"A beautiful sunset over mountains"}' --connections 16 "$@"
}
picture_load() { "${on_load[@]}" "$bin/bench-load" --port "$port" "${picture[@]}" "$@"; }
