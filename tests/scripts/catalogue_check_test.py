#!/usr/bin/python3
"""scripts/catalogue-check against documents that flux-sim makes, against documents that are wrong, and as a program with the
real programs around it.
"""

import argparse
import copy
import importlib.machinery
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from program import ROOT, Program

SCRIPT = os.path.join(ROOT, "scripts", "catalogue-check")


def load():
    loader = importlib.machinery.SourceFileLoader("catalogue_check", SCRIPT)
    spec = importlib.util.spec_from_loader("catalogue_check", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


check = load()


def fetched(url):
    with urllib.request.urlopen(url, timeout=20) as reply:
        return json.load(reply)


def model(name="text-to-image/dev", endpoint="fal-ai/flux/dev", parameters=(), **price):
    return {"name": name, "fal_endpoint": endpoint, "parameters": list(parameters),
            "price": {"usd": 0.025, "unit": "megapixel", "source": "catalogue", **price}}


def parameter(name, kind, **more):
    return {"name": name, "fal_name": name, "type": kind, "required": False, **more}


class Simulated(unittest.TestCase):
    """Documents that flux-sim makes."""

    @classmethod
    def setUpClass(cls):
        cls.sim = Program("flux-sim", "--listen=127.0.0.1:0")
        cls.fal = "http://" + cls.sim.address("fal")
        cls.platform = "http://" + cls.sim.address("platform")
        cls.endpoints = fetched(cls.fal + "/_sim")["models"]

    @classmethod
    def tearDownClass(cls):
        cls.sim.stop()

    def document(self, endpoint):
        return fetched(f"{self.fal}/api/openapi/queue/openapi.json?endpoint_id={endpoint}")

    def test_every_app_is_read_whole(self):
        self.assertGreater(len(self.endpoints), 20)
        for endpoint in self.endpoints:
            document = self.document(endpoint)
            fields = check.fields_of(document, endpoint)
            properties = [schema for name, schema in document["components"]["schemas"].items() if name.endswith("Input")][0]["properties"]
            self.assertEqual(set(fields), set(properties), endpoint)
            for name, field in fields.items():
                self.assertTrue(field.kinds, f"{endpoint}: {name}")
                self.assertNotIn("null", field.kinds, f"{endpoint}: {name}")

    def test_a_field_is_read_as_it_is_judged(self):
        fields = check.fields_of(self.document("fal-ai/flux/schnell"), "fal-ai/flux/schnell")
        steps = fields["num_inference_steps"]
        self.assertEqual((steps.kinds, steps.minimum, steps.maximum, steps.default), ({"integer"}, 1, 12, 4))
        self.assertTrue(fields["prompt"].required)
        self.assertEqual(fields["seed"].kinds, {"integer"})
        self.assertIn("square_hd", fields["image_size"].words)
        self.assertEqual(fields["output_format"].words, ["jpeg", "png"])

    def row(self):
        return model("text-to-image/schnell", "fal-ai/flux/schnell", [
            parameter("prompt", "string", required=True),
            parameter("image_size", "image_size", default="landscape_4_3", allowed=sorted(check.PRESETS)),
            parameter("num_inference_steps", "integer", minimum=1.0, maximum=12.0, default="4"),
            parameter("guidance_scale", "number", minimum=1.0, maximum=20.0, default="3.5"),
            parameter("num_images", "integer", minimum=1.0, maximum=4.0, default="1"),
            parameter("seed", "integer"),
            parameter("output_format", "string", allowed=["jpeg", "png"], default="jpeg"),
            parameter("acceleration", "string", allowed=["none", "regular", "high"], default="none"),
            {"name": "split_images", "type": "boolean", "required": False},
        ])

    def differences(self, change):
        row = self.row()
        change(row["parameters"])
        return check.compare_model(row, self.document("fal-ai/flux/schnell"))

    def test_a_row_that_is_right_differs_in_nothing(self):
        self.assertEqual(self.differences(lambda parameters: None), [])

    def test_each_kind_of_difference_is_told(self):
        def put(index, **members):
            return lambda parameters: parameters[index].update(members)

        for change, field, phrase in (
            (put(0, required=False), "prompt", "is required at fal and optional here"),
            (put(2, maximum=28.0), "num_inference_steps", "has the maximum 28 here and 12 at fal"),
            (put(2, minimum=None), "num_inference_steps", "has the minimum none here and 1 at fal"),
            (put(2, default="28"), "num_inference_steps", "has the default 28 here and 4 at fal"),
            (put(2, type="string"), "num_inference_steps", None),
            (put(3, type="boolean"), "guidance_scale", "is boolean here and number at fal"),
            (put(6, allowed=["jpeg", "png", "webp"]), "output_format", "takes what fal refuses: webp"),
            (put(6, allowed=["jpeg"]), "output_format", "refuses what fal takes: png"),
            (put(1, fal_name="size"), "size", "is taken here and not known to fal, which would ignore it"),
            (lambda parameters: parameters.pop(5), "seed", "is taken by fal and not here"),
            (lambda parameters: parameters.pop(0), "prompt", "is required at fal and missing here"),
        ):
            found = self.differences(change)
            if phrase is None:
                continue
            self.assertIn((field, phrase), found)

    def test_prices_come_in_batches_and_unknown_ones_are_split_out(self):
        asker = check.Asker(20)
        prices, unknown = check.prices_of(asker, self.platform, "sim:sim", ["fal-ai/flux/dev", "house/none", "fal-ai/flux/schnell"] + [f"house/{i}" for i in range(60)])
        self.assertEqual(sorted(prices), ["fal-ai/flux/dev", "fal-ai/flux/schnell"])
        self.assertEqual(len(unknown), 61)
        with self.assertRaises(check.Problem):
            check.prices_of(asker, self.platform, "bad:key", ["fal-ai/flux/dev"])

    def run_script(self, *arguments, **settings):
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **settings}
        done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, timeout=100, env=environment)
        return done.returncode, done.stdout + done.stderr

    def test_as_a_program(self):
        with tempfile.TemporaryDirectory() as folder:
            models = os.path.join(folder, "models.json")

            def run(body, *more, **settings):
                with open(models, "w") as file:
                    json.dump(body, file)
                return self.run_script(f"--models={models}", f"--schema-url={self.fal}", f"--platform-url={self.platform}", *more, **settings)

            row = self.row()
            row["price"]["usd"] = 0.003
            code, said = run({"models": [row]}, FAL_KEY="sim:sim")
            self.assertEqual((code, said), (0, "1 models compared, 0 differences, 0 not to be found out\n"))
            row["price"]["usd"] = 0.004
            code, said = run({"models": [row]}, FAL_KEY="sim:sim")
            self.assertEqual(code, 1, said)
            self.assertIn("price: is $0.004 per megapixel in the catalogue and $0.003 at fal", said)
            self.assertEqual(run({"models": [row]})[0], 0, "without a key prices are not compared")
            self.assertEqual(run({"models": [row]}, FAL_KEY="no:key")[0], 2)
            gone = model(endpoint="fal-ai/gone")
            self.assertIn("endpoint: is not known to fal", run({"models": [gone]}, "--no-prices")[1])
            self.assertEqual(run({"models": []})[0], 2)
            self.assertEqual(run({"models": [row]}, "--only=text-to-image/none")[0], 2)
            self.assertEqual(run({"models": [row]}, "--no-prices", "--schema-url=http://127.0.0.1:1")[0], 2)
            # From files in place of an address.
            documents = os.path.join(folder, "documents")
            os.mkdir(documents)
            with open(os.path.join(documents, "fal-ai__flux__schnell.json"), "w") as file:
                json.dump(self.document("fal-ai/flux/schnell"), file)
            self.assertEqual(run({"models": [row]}, f"--schemas={documents}", "--no-prices")[0], 0)
            self.assertIn("is not known", run({"models": [gone]}, f"--schemas={documents}", "--no-prices")[1])

    def test_against_the_real_programs(self):
        service = Program("flux-service", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", f"--fal-url={self.fal}", FAL_KEY="sim:sim")
        gateway = None
        try:
            gateway = Program("flux-gateway", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--service=" + service.address("grpc"))
            url = "http://" + gateway.address("http")
            code, said = self.run_script(f"--gateway={url}", f"--schema-url={self.fal}", f"--platform-url={self.platform}", FAL_KEY="sim:sim")
            self.assertIn(code, (0, 1), said)
            self.assertIn(f"{len(fetched(url + '/api/v1/models')['models'])} models compared", said)
            self.assertIn("0 not to be found out", said)
            self.assertNotIn("sim:sim", said)
        finally:
            if gateway:
                gateway.stop()
            service.stop()

    def test_help_and_wrong_arguments(self):
        code, said = self.run_script("--help")
        self.assertEqual(code, 0)
        for word in ("--gateway", "--models", "--schema-url", "FAL_KEY", "Exit code"):
            self.assertIn(word, said)
        self.assertEqual(self.run_script()[0], 2)
        self.assertEqual(self.run_script("--gateway=x", "--models=y")[0], 2)


class Wrong(unittest.TestCase):
    """Documents and answers that are none."""

    def document(self):
        return {"paths": {"/a/b": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}}}}},
                "components": {"schemas": {"In": {"properties": {"x": {"$ref": "#/components/schemas/X"}}, "required": ["x"]},
                                           "X": {"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}], "default": 3}}}}

    def test_references_and_open_ends_are_followed(self):
        field = check.fields_of(self.document(), "a/b")["x"]
        self.assertEqual((field.kinds, field.above, field.default, field.required), ({"integer"}, 0, 3, True))
        row = model(endpoint="a/b", parameters=[parameter("x", "integer", required=True, minimum=0)])
        self.assertEqual(check.compare_model(row, self.document()), [("x", "has the minimum 0 here, and fal excludes 0")])

    def test_what_is_no_document_is_told_as_a_problem(self):
        whole = self.document()
        loop = copy.deepcopy(whole)
        loop["components"]["schemas"]["In"] = {"$ref": "#/components/schemas/In"}
        nowhere = copy.deepcopy(whole)
        nowhere["components"] = {}
        outside = copy.deepcopy(whole)
        outside["paths"]["/a/b"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"] = "https://example.com/x"
        bare = copy.deepcopy(whole)
        bare["components"]["schemas"]["In"] = {"type": "object"}
        for document in (None, [], {}, 3, {"paths": []}, {"paths": {}}, {"paths": {"/a/b": None}}, {"paths": {"/a/b": {"post": 1}}},
                         loop, nowhere, outside, bare):
            with self.assertRaises(check.Problem, msg=json.dumps(document)):
                check.fields_of(document, "a/b")

    def test_any_schema_of_a_field_is_read(self):
        for schema in ({}, {"type": 3}, {"enum": "x"}, {"enum": [None, 1]}, {"anyOf": [3, None, {}]}, {"type": "array"}, {"type": "array", "items": 3},
                       {"minimum": "x", "maximum": True, "type": "number"}, {"allOf": [{"type": "string"}]}, True, {"const": "latest"},
                       {"properties": {"width": {"minimum": 3}}}):
            document = self.document()
            document["components"]["schemas"]["X"] = schema
            self.assertIn("x", check.fields_of(document, "a/b"), json.dumps(schema))
            row = model(endpoint="a/b", parameters=[parameter("x", "integer", required=True)])
            check.compare_model(row, document)

    def test_prices_of_wrong_types_are_told(self):
        for item in ({}, {"unit_price": "1"}, {"unit_price": True}, {"unit_price": None}, {"unit_price": -1}, {"unit_price": float("nan")},
                     {"unit_price": 0.025, "unit": "megapixels", "currency": "EUR"}, {"unit_price": 0.025, "unit": "images"},
                     {"unit_price": 0.025, "unit": 3}, {"unit_price": 0.03, "unit": "megapixels"}):
            self.assertEqual(len(check.compare_price(model(), item)), 1, item)
        for item in ({"unit_price": 0.025, "unit": "megapixels"}, {"unit_price": 0.025, "unit": "processed megapixels", "currency": "USD"}):
            self.assertEqual(check.compare_price(model(), item), [], item)
        told = check.compare_price(model(source="fal", usd=0.03, catalogue_usd=0.025), {"unit_price": 0.03, "unit": "megapixels"})
        self.assertIn("which counts", told[0][1])

    def test_an_answer_that_passes_is_asked_for_again_and_no_redirect_is_followed(self):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                status = 503 if len(asked) < 3 else 302
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            asker = check.Asker(10, sleep=lambda _: None)
            self.assertEqual(asker.get(f"http://127.0.0.1:{server.server_port}/x", {"Authorization": "Key a:b"}), (302, None))
            self.assertEqual(len(asked), 3)
        finally:
            server.shutdown()
            server.server_close()

    def test_what_cannot_be_had_is_a_problem_without_a_secret(self):
        asker = check.Asker(5, sleep=lambda _: None)
        options = argparse.Namespace(models=None, gateway="http://127.0.0.1:1", gateway_host=None, gateway_insecure=False, only=None, no_prices=True)
        with self.assertRaises(check.Problem) as caught:
            check.run(options, asker, io.StringIO())
        self.assertIn("127.0.0.1:1", str(caught.exception))
        for body in (None, {}, {"models": 3}, {"models": [3]}, {"models": [{"name": "a"}]}, {"models": []}):
            with self.assertRaises(check.Problem):
                check.checked_models(body)


if __name__ == "__main__":
    unittest.main()
