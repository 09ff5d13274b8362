"""A gRPC client in another language: makes a picture, asks for health, reflects, reads an error's details.

Usage: grpc_client.py PROTO_DIR TARGET [CA_FILE]; with a CA file over TLS. Exits with 0 when everything is as it should be.
"""
import importlib
import subprocess
import sys
import tempfile

import grpc


def connect(target: str, ca_file: str = "") -> grpc.Channel:
    if not ca_file:
        return grpc.insecure_channel(target)
    with open(ca_file, "rb") as file:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(file.read()))


def main(protos: str, target: str, ca_file: str = "") -> None:
    with tempfile.TemporaryDirectory() as out:
        files = [f"flux/v1/{name}.proto" for name in ("errors", "flux_service", "generation", "jobs", "models")]
        subprocess.run(["protoc", f"-I{protos}", f"--python_out={out}", *files], check=True, cwd=protos)
        sys.path.insert(0, out)
        service = importlib.import_module("flux.v1.flux_service_pb2")
        use(service, connect(target, ca_file))


def use(service, channel) -> None:
    raw = lambda value: value
    draw = channel.unary_unary("/flux.v1.FluxService/TextToImage",
                               request_serializer=service.TextToImageRequest.SerializeToString,
                               response_deserializer=service.TextToImageResponse.FromString)
    request = service.TextToImageRequest(model="text-to-image/dev", prompt="a lighthouse")
    request.parameters.seed = 2**64 - 1
    made = draw(request, timeout=60).generation
    assert len(made.images) == 1 and made.images[0].url.startswith("http"), made
    assert made.seed == 2**64 - 1, made.seed

    models = channel.unary_unary("/flux.v1.FluxService/ListModels",
                                 request_serializer=service.ListModelsRequest.SerializeToString,
                                 response_deserializer=service.ListModelsResponse.FromString)
    names = [model.name for model in models(service.ListModelsRequest(), timeout=60).models]
    assert "inpainting" in names, names

    # grpc.health.v1.HealthCheckRequest{service=1}, HealthCheckResponse{status=1: SERVING=1}
    health = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=raw, response_deserializer=raw)
    name = b"flux.v1.FluxService"
    assert health(b"\x0a" + bytes([len(name)]) + name, timeout=60) == b"\x08\x01"

    # ServerReflectionRequest{list_services=7: ""}
    reflect = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                    request_serializer=raw, response_deserializer=raw)
    assert name in next(iter(reflect(iter([b"\x3a\x00"]), timeout=60)))

    request.parameters.num_images = 9
    try:
        draw(request, timeout=60)
        raise AssertionError("nine images were accepted")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        assert b"INVALID_FIELD" in details and b"num_images" in details, details


if __name__ == "__main__":
    main(*sys.argv[1:])
