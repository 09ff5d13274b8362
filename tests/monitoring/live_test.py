"""The running programs as Prometheus sees them: their metrics are well formed and the documented ones, and every expression
of dashboard and alerts has data."""

import math
import re
import subprocess
import threading
import unittest

import expressions
from stack import Prometheus, Stack, eventually, source

DATA_SECONDS = 60

# Prompts and what the gateway answers; together they bring every series that the expressions ask for.
TRAFFIC = {"a lighthouse": 200, "sim:nsfw": 200, "sim:policy": 422, "sim:401": 502, "sim:noimages": 502, "sim:cut": 502}
# What does not happen here: all programs are scraped, and the simulator shows no certificate.
SILENT = {"FluxGatewayAbsent", "FluxServiceAbsent", "FluxFalUntrusted"}

# Series of programs that show a certificate.
WITH_A_CERTIFICATE = {f"flux_{program}_certificate_end_timestamp_seconds" for program in ("gateway", "service")}


class Traffic:
    """A few callers that go on until they are stopped."""

    def __init__(self, stack):
        self._stack = stack
        self._over = threading.Event()
        self.wrong = []
        works = [self._outcomes, self._resent, self._strangers, self._lonely, self._told] + [self._slow] * 7
        self._threads = [threading.Thread(target=self._repeat, args=(work,)) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work):
        while not self._over.is_set():
            try:
                work()
            except Exception as error:  # pylint: disable=broad-except
                self.wrong.append(repr(error))
            self._over.wait(0.2)

    def _outcomes(self):
        for prompt, expected in TRAFFIC.items():
            status = self._stack.ask(prompt, key=self._stack.key)
            if status not in (expected, 503):  # 503: the single slot's queue is full
                self.wrong.append(f"{prompt}: {status}")

    def _resent(self):
        for model in ("text-to-image/schnell", "image-to-image"):
            self._stack.ask("sim:503", model)  # the second lacks its picture: the caller's mistake

    def _slow(self):
        self._stack.ask("sim:slow=100")

    def _told(self):
        status = self._stack.ask_job("a lighthouse")
        if status != 202:
            self.wrong.append(f"a job: {status}")

    def _strangers(self):
        status = self._stack.ask("a lighthouse", key="flux_nobody")
        if status != 401:
            self.wrong.append(f"wrong key: {status}")

    def _lonely(self):
        statuses = [self._stack.ask_lonely(trusting) for trusting in (True, False)]
        if statuses != [503, None]:
            self.wrong.append(f"without flux-service: {statuses}")


class LiveTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        cls.prometheus = Prometheus(cls.stack.targets())
        cls.addClassCleanup(cls.prometheus.stop)
        cls.traffic = Traffic(cls.stack)
        cls.addClassCleanup(cls.traffic.stop)

    def value(self, expression):
        """Whether the expression has a finite value now."""
        result = self.prometheus.query(expression)
        return any(math.isfinite(float(each["value"][1])) for each in result)

    def eventually_all(self, wanted):
        """`wanted`: {name: expression}; all have a value within the time."""
        missing = dict(wanted)

        def look():
            for name, expression in list(missing.items()):
                if self.value(expression):
                    del missing[name]
            return not missing
        try:
            eventually("data", look, DATA_SECONDS)
        except AssertionError:
            self.fail(f"no data: {missing}; traffic: {self.traffic.wrong[:5]}")

    def test_all_programs_are_scraped(self):
        eventually("all are up", lambda: len(self.prometheus.query("up == 1")) == 3, DATA_SECONDS)

    def test_every_query_of_the_dashboard_has_data(self):
        wanted = {f"{title} [{i}]": query for i, (title, query) in enumerate(expressions.dashboard_queries())}
        self.assertGreater(len(wanted), 40)
        self.eventually_all(wanted)

    def test_every_alert_has_a_value_to_compare(self):
        rules = {rule["alert"]: rule["expr"] for rule in expressions.alerts()}
        self.assertLessEqual(SILENT, set(rules))
        self.eventually_all({name: expressions.without_thresholds(expression)
                             for name, expression in rules.items() if name not in SILENT})

    def test_prometheus_evaluates_every_rule(self):
        def healthy():
            groups = self.prometheus.get("rules")["groups"]
            rules = [rule for group in groups for rule in group["rules"]]
            return len(rules) == len(expressions.alerts()) and all(rule["health"] == "ok" for rule in rules)
        eventually("all rules are healthy", healthy, DATA_SECONDS)

    def test_every_metric_label_and_value_in_an_alert_exists(self):
        eventually("generations have failed", lambda: self.prometheus.query(
            'flux_service_requests_total{reason="UPSTREAM_ACCOUNT"}'), DATA_SECONDS)
        for rule in expressions.alerts():
            for metric, matchers in expressions.selectors(rule["expr"]):
                series = self.prometheus.get("series", **{"match[]": metric})
                self.assertTrue(series, f"{rule['alert']}: {metric}")
                labels = set().union(*series)
                for label, _, value in matchers:
                    with self.subTest(alert=rule["alert"], label=label):
                        self.assertIn(label, labels)
                        known = {each.get(label) for each in series}
                        if label == "reason" and metric.endswith("_requests_total"):
                            known = set(expressions.reasons()) | {"OK"}
                        each_matches = expressions.alternatives(value) or [value]
                        for part in each_matches:
                            self.assertTrue(any(re.fullmatch(part, one) for one in known if one), f"{metric}: {part}")

    def test_every_label_that_is_grouped_by_exists(self):
        known = set()
        for name in self.stack.metrics:
            known |= set(re.findall(r'[{,](\w+)="', self.stack.scrape(name)))
        known |= {"job", "instance", "namespace"}  # Prometheus's own and a cluster's
        queries = [rule["expr"] for rule in expressions.alerts()] + [query for _, query in expressions.dashboard_queries()]
        for query in queries:
            self.assertLessEqual(expressions.grouped_labels(query), known, query)

    def test_variables_of_the_dashboard_have_values(self):
        for metric, label in expressions.variable_queries():
            # A cluster's Prometheus adds the namespace; the metric must be there in any case.
            wanted = f'{metric}{{{label}!=""}}' if label != "namespace" else metric
            eventually(wanted, lambda wanted=wanted: self.prometheus.query(wanted), DATA_SECONDS)

    def test_promtool_accepts_the_metrics_of_both_ports(self):
        for name in self.stack.metrics:
            run = subprocess.run(["promtool", "check", "metrics"], input=self.stack.scrape(name),
                                 capture_output=True, text=True, check=False)
            self.assertEqual((run.returncode, run.stdout + run.stderr), (0, ""), name)

    def test_the_guide_tells_the_metrics_that_there_are(self):
        eventually("a caller with a key was served", lambda: "flux_gateway_caller_requests_total{" in
                   self.stack.scrape("flux-gateway"), DATA_SECONDS)
        for name in self.stack.metrics:
            text = self.stack.scrape(name)
            running = {}
            for metric, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M):
                samples = re.findall(rf"^{metric}(?:_bucket|_sum|_count)?(?:\{{(.*)\}})? ", text, re.M)
                labels = {label for sample in samples for label in re.findall(r'(\w+)="', sample)} - {"le"}
                running[metric] = (kind, labels)
            section = source(expressions.OPERATIONS).split(f"### Metrics of {name}", 1)[1].split("\n#", 1)[0]
            told = {metric: (kind, set(re.findall(r"`(\w+)`", labels))) for metric, kind, labels in
                    re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", section, re.M)}
            for metric in WITH_A_CERTIFICATE - set(running):  # these programs have none; the lonely gateway has
                told.pop(metric, None)
            self.assertEqual(told, running)

    def test_traffic_is_answered_as_expected(self):
        eventually("generations have succeeded", lambda: self.value(
            'flux_gateway_caller_requests_total{outcome="ok"} > 0'), DATA_SECONDS)
        self.assertEqual(self.traffic.wrong, [])


if __name__ == "__main__":
    unittest.main()
