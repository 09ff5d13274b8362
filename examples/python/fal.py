"""Makes one picture by fal's own names and fields, through the queue as fal has it, and saves it. Needs no package.

Usage: fal.py PROMPT [APP] [FILE]
Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid


def ask(url, body=None, headers=None):
    headers = {"Content-Type": "application/json", **(headers or {})}
    if os.environ.get("FLUX_API_KEY"):
        headers["Authorization"] = f"Key {os.environ['FLUX_API_KEY']}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as reply:
        return json.load(reply)


def draw(prompt, app):
    base = os.environ.get("FLUX_URL", "http://127.0.0.1:8080")
    # Whoever sends this again must send it with the same key: then it is paid for once.
    key = {"Idempotency-Key": str(uuid.uuid4())}
    submitted = ask(f"{base}/fal/queue/{app}", {"prompt": prompt, "image_size": "landscape_16_9"}, key)
    deadline = time.monotonic() + 180
    while ask(submitted["status_url"])["status"] != "COMPLETED":
        if time.monotonic() > deadline:
            raise TimeoutError(f"it takes too long; ask {submitted['status_url']} later")
        time.sleep(0.5)
    return ask(submitted["response_url"])


def main(prompt, app="fal-ai/flux/dev", file="picture.jpeg"):
    try:
        made = draw(prompt, app)
    except urllib.error.HTTPError as error:
        detail = json.load(error)["detail"]  # a sentence; or, where fields are wrong, one entry for each
        if isinstance(detail, list):
            detail = "; ".join(f"{'.'.join(map(str, entry['loc']))}: {entry['msg']} ({entry['type']})" for entry in detail)
        print(f"{error.code}: {detail}", file=sys.stderr)
        return 1
    image = made["images"][0]
    with urllib.request.urlopen(image["url"], timeout=60) as picture, open(file, "wb") as out:
        out.write(picture.read())
    print(f"{file}: {image['width']}x{image['height']}, seed {made['seed']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
