"""Makes one picture over gRPC: checks its price first, then buys it, and shows what an error tells.

Usage: generate.py PROMPT [MODEL]
Environment: FLUX_SERVICE (default 127.0.0.1:50051); FLUX_SERVICE_CA, a PEM file, for TLS; FLUX_SERVICE_TOKEN where one is wanted.
"""

import os
import sys

import grpc
from flux.v1 import errors_pb2, flux_service_pb2, flux_service_pb2_grpc
from google.rpc import status_pb2


def connect():
    target = os.environ.get("FLUX_SERVICE", "127.0.0.1:50051")
    authority = os.environ.get("FLUX_SERVICE_CA")
    if not authority:
        return grpc.insecure_channel(target)
    with open(authority, "rb") as file:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(file.read()))


def details(error):
    """The ErrorDetail of a failed call: whether it was billed, and whether it may succeed later."""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata()).get("grpc-status-details-bin", b""))
    for packed in status.details:
        if packed.type_url.endswith("/flux.v1.ErrorDetail"):
            return errors_pb2.ErrorDetail.FromString(packed.value)
    return None


def main(prompt, model="text-to-image/dev"):
    token = os.environ.get("FLUX_SERVICE_TOKEN")
    metadata = [("authorization", f"Bearer {token}")] if token else []
    request = flux_service_pb2.TextToImageRequest(model=model, prompt=prompt)
    request.parameters.image_size.aspect_ratio = "16:9"
    with connect() as channel:
        service = flux_service_pb2_grpc.FluxServiceStub(channel)
        try:
            price = service.EstimateCost(flux_service_pb2.EstimateCostRequest(text_to_image=request), timeout=10,
                                         metadata=metadata).price
            print(f"about ${price.micro_usd / 1e6:.3f}")
            # A deadline is a must: a picture takes seconds, and a call without one waits for as long as the server allows.
            made = service.TextToImage(request, timeout=120, metadata=metadata).generation
        except grpc.RpcError as error:
            detail = details(error)
            billed = errors_pb2.Billed.Name(detail.billed) if detail else "unknown"
            print(f"{error.code().name}: {error.details()} ({billed})", file=sys.stderr)
            return 1
    for picture in made.images:
        print(f"{picture.url} {picture.width}x{picture.height}, seed {made.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
