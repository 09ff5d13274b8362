"""The real programs and a real Prometheus as processes on loopback, for the tests of this folder.

Every server binds port 0 and is found by the line in which it tells its address. Only what was started here is ended.
"""

import http.server
import json
import os
import re
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

BIN_DIR = os.environ.get("FLUX_BIN_DIR", "")
SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAL_KEY = "sim:sim"
BILLING_KEY = "sim:billing"
START_SECONDS = 30


def source(path):
    with open(os.path.join(SOURCE_DIR, path), encoding="utf-8") as file:
        return file.read()


def eventually(what, condition, seconds):
    """Asks `condition` until it returns something true, and returns that; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def generation(prompt):
    return json.dumps({"prompt": prompt, "image_size": {"width": 64, "height": 64}}).encode()


def fetch(url, body=None, headers=None, seconds=30, context=None):
    """(status, text) of a GET, or of a POST where there is a body."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=seconds, context=context) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Process:
    """A program whose standard error is kept."""

    def __init__(self, command, environment=None):
        inherited = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS") if name in os.environ}
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, text=True, env={**inherited, **(environment or {})})
        self._lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stderr:
            self._lines.append(line)

    def output(self):
        return "".join(list(self._lines))

    def find(self, match):
        """What `match` makes of the first line it returns something for."""
        def look():
            for line in list(self._lines):
                found = match(line)
                if found:
                    return found
            if self._process.poll() is not None:
                self._reader.join()
                raise AssertionError(f"ended with {self._process.returncode}:\n{self.output()}")
            return None
        return eventually(f"{self._process.args[0]} listens", look, START_SECONDS)

    def stop(self):
        self._process.terminate()
        try:
            code = self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join()
        self._process.stderr.close()
        return code


def address_of(process, listener):
    """HOST:PORT that a program of ours tells in its "listening" line."""
    def match(line):
        try:
            event = json.loads(line)
        except ValueError:
            return None
        return event.get("address") if event.get("event") == "listening" and event.get("name") == listener else None
    return process.find(match)


def program(name, *flags, **environment):
    return Process([os.path.join(BIN_DIR, name), *flags], environment)


class Receiver:
    """A caller's receiver of webhooks: takes every second one."""

    def __init__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts += 1
                self.send_response(204 if receiver.posts % 2 else 500)
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.posts = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Stack:
    """flux-sim, flux-service with a single slot at fal, flux-gateway with one API key beside anonymous callers, and its
    caller's receiver of webhooks; and a second gateway, which serves HTTPS and has lost its flux-service."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory()
        self._processes = []
        self._receiver = Receiver()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _run(self, process):
        self._processes.append(process)
        return process

    def _start(self):
        simulator = self._run(program("flux-sim", "--listen=127.0.0.1:0", "--billing-lag=0"))
        fal, platform = address_of(simulator, "fal"), address_of(simulator, "platform")
        budgets = os.path.join(self._directory.name, "budgets")
        with open(budgets, "w", encoding="utf-8") as file:
            file.write("shop usd=1000000 per=day\n")
        secrets = os.path.join(self._directory.name, "secrets")
        with open(secrets, "w", encoding="utf-8") as file:
            file.write(self._keygen("--webhook", "shop")[1] + "\n")
        service = self._run(program("flux-service", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0",
                                    f"--fal-url=http://{fal}", f"--fal-platform-url=http://{platform}",
                                    "--fal-backup-url=http://127.0.0.1:1", "--bill-every=1s",
                                    "--fal-max-concurrency=1", "--fal-queue-length=4",
                                    f"--budgets-file={budgets}", f"--webhook-secrets-file={secrets}",
                                    f"--webhook-allow={self._receiver.address}",
                                    FAL_KEY=FAL_KEY, FAL_BILLING_KEY=BILLING_KEY))
        self.key, line = self._keygen("shop", "rate=0")
        keys = os.path.join(self._directory.name, "keys")
        with open(keys, "w", encoding="utf-8") as file:
            file.write(line + "\n")
        gateway = self._run(program("flux-gateway", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                                    f"--service={address_of(service, 'grpc')}", f"--api-keys-file={keys}",
                                    "--allow-anonymous", "--rate-limit-per-minute=100000"))
        self.public = "http://" + address_of(gateway, "http")
        self._start_lonely()
        self.metrics = {"flux-gateway": address_of(gateway, "admin"), "flux-service": address_of(service, "metrics")}
        eventually("the gateway is ready",
                   lambda: fetch(f"http://{self.metrics['flux-gateway']}/readyz")[0] == 200, START_SECONDS)

    @staticmethod
    def _keygen(*arguments):
        """The two lines that flux-gateway makes: what a caller is given, and what belongs into a file."""
        made = subprocess.run([os.path.join(BIN_DIR, "flux-gateway"), "keygen", *arguments],
                              capture_output=True, text=True, check=True)
        return made.stdout.splitlines()[:2]

    def _start_lonely(self):
        certificate, private_key = (os.path.join(self._directory.name, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                        "-out", certificate, "-keyout", private_key], capture_output=True, check=True)
        gateway = self._run(program("flux-gateway", "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                                    f"--service=unix:{self._directory.name}/nobody", f"--tls-cert={certificate}",
                                    f"--tls-key={private_key}", "--rate-limit-per-minute=0"))
        self.lonely = "https://" + address_of(gateway, "http")
        self.lonely_metrics = address_of(gateway, "admin")

    def targets(self):
        """What Prometheus scrapes: {job: [HOST:PORT]}."""
        return {"flux-gateway": [self.metrics["flux-gateway"], self.lonely_metrics],
                "flux-service": [self.metrics["flux-service"]]}

    def stop(self):
        for process in reversed(self._processes):
            process.stop()
        self._receiver.stop()
        self._directory.cleanup()

    def scrape(self, name):
        status, text = fetch(f"http://{self.metrics[name]}/metrics")
        assert status == 200, text
        return text

    def ask(self, prompt, model="text-to-image/dev", key=None):
        """The status of one generation."""
        headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
        return fetch(f"{self.public}/api/v1/flux/{model}", generation(prompt), headers)[0]

    def ask_job(self, prompt):
        """The status of the begin of a job whose end is told to the receiver."""
        body = {**json.loads(generation(prompt)), "webhook_url": f"http://{self._receiver.address}/hook"}
        headers = {"X-API-Key": self.key, "Prefer": "respond-async"}
        return fetch(f"{self.public}/api/v1/flux/text-to-image/dev", json.dumps(body).encode(), headers)[0]

    def ask_lonely(self, trusting):
        """The status of one generation at the second gateway; None where its certificate is not accepted."""
        context = ssl.create_default_context()
        if trusting:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            return fetch(f"{self.lonely}/api/v1/flux/text-to-image/dev", generation("a lighthouse"), context=context)[0]
        except urllib.error.URLError:
            return None


class Prometheus:
    """Debian's prometheus with the rules of deploy/monitoring; its storage goes with it."""

    def __init__(self, targets):
        self._directory = tempfile.TemporaryDirectory()
        config = os.path.join(self._directory.name, "prometheus.yaml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({  # JSON is YAML
                "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                "rule_files": [os.path.join(SOURCE_DIR, "deploy/monitoring/alerts.yaml")],
                "scrape_configs": [{"job_name": name, "static_configs": [{"targets": addresses}]}
                                   for name, addresses in targets.items()],
            }, file)
        self._process = Process(["prometheus", f"--config.file={config}", "--web.listen-address=127.0.0.1:0",
                                 f"--storage.tsdb.path={self._directory.name}/data", "--storage.tsdb.retention.time=1h"])
        try:
            self._url = "http://" + self._process.find(self._address)
            eventually("Prometheus is ready", lambda: fetch(f"{self._url}/-/ready")[0] == 200, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _address(line):
        found = re.search(r'msg="Listening on" address=(\S+)', line)
        return found and found.group(1)

    def stop(self):
        self._process.stop()
        self._directory.cleanup()

    def get(self, path, **query):
        status, text = fetch(f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}")
        answer = json.loads(text)
        if status != 200 or answer["status"] != "success":
            raise AssertionError(f"{path} {query}: {text}")
        return answer["data"]

    def query(self, expression):
        return self.get("query", query=expression)["result"]
