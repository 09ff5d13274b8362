"""The container files name what there is: settings that the programs know, addresses that they take, ports that they serve,
sources that exist. Builds no image."""

import os
import re
import subprocess
import tempfile
import unittest
import urllib.request

import yaml

SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = ("flux-service", "flux-gateway", "flux-sim")
# Secrets are settings without a flag, so --help does not list them.
SECRETS = {"FAL_KEY", "FAL_BILLING_KEY"}


def source(path):
    with open(os.path.join(SOURCE_DIR, path), encoding="utf-8") as file:
        return file.read()


def run(name, *arguments, **environment):
    return subprocess.run([os.path.join(os.environ["FLUX_BIN_DIR"], name), *arguments], capture_output=True, text=True,
                          env={**environment, "PATH": os.environ["PATH"]}, check=False)


def settings(name):
    """The environment names that the program's --help tells."""
    return set(re.findall(r"\[env (\w+)", run(name, "--help").stdout)) | SECRETS


def stages():
    """{target: its lines} of the Dockerfile."""
    parts = re.split(r"^FROM .* AS (\S+)\n", source("deploy/docker/Dockerfile").replace("\\\n", " "), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def environment_of(stage):
    return dict(pair.split("=", 1) for line in re.findall(r"^ENV (.*)$", stage, re.M) for pair in line.split())


class Running:
    """A program of ours that runs until the block ends."""

    def __init__(self, name, environment):
        # pylint: disable-next=consider-using-with
        self._process = subprocess.Popen([os.path.join(os.environ["FLUX_BIN_DIR"], name)], stderr=subprocess.PIPE, text=True,
                                         env={**environment, "PATH": os.environ["PATH"]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def address(self, listener):
        """Where it listens, as its log says; fails when it ends without."""
        for line in self._process.stderr:
            found = re.search(rf'"event":"listening","name":"{listener}","address":"([^"]+)"', line)
            if found:
                return found.group(1)
        raise AssertionError(f"{self._process.args[0]} does not listen")


class DockerfileTest(unittest.TestCase):
    def test_there_is_a_target_for_each_program(self):
        self.assertEqual(set(stages()) - {"build"}, set(PROGRAMS))

    def test_a_program_takes_its_image_s_settings(self):
        for name in PROGRAMS:
            with self.subTest(name):
                environment = environment_of(stages()[name])
                self.assertTrue(environment)
                self.assertLessEqual(set(environment), settings(name))
                # The image of flux-service listens beyond its container, which needs certificates or a word that it does
                # not; and fal is not here, which needs a word about where purchases are remembered.
                given = {"flux-service": {"FAL_KEY": "sim:sim", "FLUX_TRUST_NETWORK": "true", "FLUX_STORE": "memory"},
                         "flux-gateway": {"FLUX_ALLOW_ANONYMOUS": "true"}}.get(name, {})
                checked = run(name, "--check-config", **given, **environment)
                self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_what_is_listened_on_is_exposed_and_open_to_other_containers(self):
        for name in PROGRAMS:
            with self.subTest(name):
                ports = []
                for value in environment_of(stages()[name]).values():
                    host, _, port = value.rpartition(":")
                    self.assertEqual(host, "0.0.0.0")
                    ports.append(port)
                self.assertEqual(re.search(r"^EXPOSE (.*)$", stages()[name], re.M).group(1).split(), ports)

    def test_a_program_runs_unprivileged_and_is_asked_about_its_health(self):
        for name in PROGRAMS:
            with self.subTest(name):
                self.assertRegex(stages()[name], r"(?m)^USER [1-9]\d*:[1-9]\d*$")
                self.assertIn(f'CMD ["/usr/bin/{name}", "healthcheck"]', stages()[name])
                self.assertIn(f'ENTRYPOINT ["/usr/bin/{name}"]', stages()[name])
                self.assertNotRegex(stages()[name], r"(?m)^RUN ")

    def test_sources_that_are_copied_exist_and_reach_the_builder(self):
        sent = {line[1:] for line in source(".dockerignore").splitlines() if line.startswith("!")}
        copied = [path for line in re.findall(r"^COPY (?!--from)(.*)$", stages()["build"], re.M)
                  for path in line.split()[:-1]]
        self.assertGreater(len(copied), 5)
        for path in copied:
            self.assertTrue(os.path.exists(os.path.join(SOURCE_DIR, path)), path)
        self.assertEqual(set(copied), sent)

    def test_every_room_that_the_build_enters_is_copied(self):
        project = source("CMakeLists.txt").split("if(FLUX_TESTS)")[0]
        rooms = re.findall(r"^add_subdirectory\((\w+)\)", project.split("option(FLUX_BENCH", 1)[1], re.M)
        for room in rooms:
            self.assertIn(f"COPY {room} {room}/", stages()["build"])


class ComposeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        compose = yaml.safe_load(source("deploy/docker/compose.yaml"))
        cls.services = compose["services"]
        cls.volumes = compose["volumes"]

    def test_it_runs_all_programs_from_their_targets(self):
        self.assertEqual(set(self.services), set(PROGRAMS))
        for name, service in self.services.items():
            self.assertEqual(service["build"]["target"], name)
            base = os.path.join(SOURCE_DIR, "deploy/docker", service["build"]["context"])
            self.assertTrue(os.path.exists(os.path.join(base, service["build"]["dockerfile"])))

    def test_each_program_takes_its_settings(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertLessEqual(set(service["environment"]), settings(name))
                environment = {**environment_of(stages()[name]), **service["environment"]}
                checked = run(name, "--check-config", **environment)
                self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_addresses_lead_to_services_and_ports_that_there_are(self):
        for name, service in self.services.items():
            for value in service["environment"].values():
                for target, port in re.findall(r"//(flux-[a-z]+):(\d+)", value):
                    self.assertRegex(stages()[target], rf"(?m)^EXPOSE .*\b{port}\b", f"{name}: {value}")

    def test_only_the_gateway_reaches_the_service_by_a_socket_that_both_have(self):
        service, gateway = self.services["flux-service"], self.services["flux-gateway"]
        self.assertEqual(service["environment"]["FLUX_LISTEN"], gateway["environment"]["FLUX_SERVICE"])
        folder = os.path.dirname(service["environment"]["FLUX_LISTEN"].removeprefix("unix:"))
        holders = [name for name, each in self.services.items() for volume in each.get("volumes", [])
                   if volume == f"service-socket:{folder}"]
        self.assertEqual(sorted(holders), ["flux-gateway", "flux-service"])
        # A root file system that is read-only leaves the volume only, which belongs to the images' user and nobody else.
        options = self.volumes["service-socket"]["driver_opts"]["o"].split(",")
        user, group = re.search(r"(?m)^USER (\d+):(\d+)$", stages()["flux-service"]).groups()
        self.assertLessEqual({f"uid={user}", f"gid={group}", "mode=0700"}, set(options))

    def test_a_picture_comes_through_the_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            socket = f"unix:{folder}/service.sock"
            service_store = self.services["flux-service"]["environment"]["FLUX_STORE"]
            with Running("flux-sim", {"FLUX_SIM_LISTEN": "127.0.0.1:0"}) as sim:
                service = {**self.services["flux-service"]["environment"], "FLUX_LISTEN": socket,
                           "FLUX_METRICS_LISTEN": "127.0.0.1:0", "FLUX_FAL_URL": f"http://{sim.address('fal')}",
                           "FLUX_FAL_QUEUE_URL": f"http://{sim.address('queue')}",
                           "FLUX_FAL_PLATFORM_URL": f"http://{sim.address('platform')}",
                           "FLUX_STORE": service_store.replace("/var/lib/flux", folder)}
                with Running("flux-service", service) as running:
                    running.address("grpc")
                    gateway = {**self.services["flux-gateway"]["environment"], "FLUX_LISTEN": "127.0.0.1:0",
                               "FLUX_ADMIN_LISTEN": "127.0.0.1:0", "FLUX_SERVICE": socket}
                    with Running("flux-gateway", gateway) as edge:
                        request = urllib.request.Request(f"http://{edge.address('http')}/api/v1/flux/text-to-image/dev",
                                                         data=b'{"prompt":"a lighthouse at dusk"}',
                                                         headers={"Idempotency-Key": "order-1"})
                        with urllib.request.urlopen(request, timeout=20) as reply:
                            self.assertEqual(reply.status, 200)
                        self.assertTrue(os.path.exists(service_store.removeprefix("sqlite:").replace("/var/lib/flux", folder)))

    def test_purchases_are_in_a_volume_that_belongs_to_the_service(self):
        service = self.services["flux-service"]
        path = service["environment"]["FLUX_STORE"].removeprefix("sqlite:")
        self.assertIn(f"purchases:{os.path.dirname(path)}", service["volumes"])
        self.assertIn("purchases", self.volumes)
        # A new volume takes over the owner of the image's folder.
        user, group = re.search(r"(?m)^USER (\d+):(\d+)$", stages()["flux-service"]).groups()
        self.assertRegex(stages()["flux-service"], rf"(?m)^COPY --from=build --chown={user}:{group} \S+ /var/lib/$")

    def test_only_this_machine_reaches_it(self):
        for service in self.services.values():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), port)

    def test_it_gets_longer_to_stop_than_it_takes(self):
        for name in ("flux-service", "flux-gateway"):
            grace = re.search(r"--drain-grace.*\(default (\d+)s\)", run(name, "--help").stdout).group(1)
            self.assertGreater(int(self.services[name]["stop_grace_period"].rstrip("s")), int(grace))

    def test_nothing_is_writable_or_privileged(self):
        for service in self.services.values():
            self.assertTrue(service["read_only"])
            self.assertEqual(service["cap_drop"], ["ALL"])


if __name__ == "__main__":
    unittest.main()
