"""deploy/monitoring read as files: promtool's own checks, and that alerts, their tests, the error table, the dashboard and the
runbook go together. Starts no program of ours."""

import json
import os
import re
import subprocess
import unittest

import yaml

import expressions
from stack import SOURCE_DIR, source

FAILURES = re.compile(r'reason=~"(INTERNAL\|[^"]*)"')


def promtool(*arguments):
    run = subprocess.run(["promtool", *arguments], capture_output=True, text=True,
                         cwd=os.path.join(SOURCE_DIR, "deploy/monitoring"), check=False)
    return run.returncode, run.stdout + run.stderr


class AlertsTest(unittest.TestCase):
    def test_promtool_accepts_the_rules(self):
        code, output = promtool("check", "rules", "alerts.yaml")
        self.assertEqual(code, 0, output)
        self.assertIn(f"{len(expressions.alerts())} rules found", output)

    def test_unit_tests_pass(self):
        code, output = promtool("test", "rules", "alerts_test.yaml")
        self.assertEqual(code, 0, output)

    def test_each_alert_is_shown_to_fire_to_wait_and_to_stay_silent(self):
        fires, waits, silent = set(), set(), set()
        for case in yaml.safe_load(source("deploy/monitoring/alerts_test.yaml"))["tests"]:
            checks = case["alert_rule_test"]
            firing = {check["alertname"] for check in checks if check.get("exp_alerts")}
            quiet = {check["alertname"] for check in checks if not check.get("exp_alerts")}
            fires |= firing
            waits |= firing & quiet
            silent |= quiet - firing
        names = {rule["alert"] for rule in expressions.alerts()}
        self.assertEqual(fires, names)
        self.assertEqual(waits, names)
        self.assertEqual(silent, names)

    def test_each_alert_says_how_bad_it_is_and_has_its_place_in_the_runbook(self):
        anchors = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
                   for heading in re.findall(r"^#+ (.*)$", source(expressions.OPERATIONS), re.M)}
        for rule in expressions.alerts():
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
                self.assertTrue(rule["annotations"]["summary"] and rule["annotations"]["description"])
                file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
                self.assertEqual(file, expressions.OPERATIONS)
                self.assertEqual(anchor, rule["alert"].lower())
                self.assertIn(anchor, anchors)

    def test_the_runbook_knows_no_other_alerts(self):
        told = set(re.findall(r"^#+ (Flux[A-Z]\w*)$", source(expressions.OPERATIONS), re.M))
        self.assertEqual(told, {rule["alert"] for rule in expressions.alerts()})


class FailuresTest(unittest.TestCase):
    """What counts as a failure of ours or fal's is written in several expressions."""

    def test_it_is_what_the_error_table_answers_with_500_to_504(self):
        # 501 and 505 are about requests that speak another HTTP.
        failures = {name for name, status in expressions.reasons().items() if status in (500, 502, 503, 504)}
        self.assertGreater(len(failures), 15)
        queries = [rule["expr"] for rule in expressions.alerts()] + [query for _, query in expressions.dashboard_queries()]
        found = [pattern for query in queries for pattern in FAILURES.findall(query)]
        self.assertGreater(len(found), 1)
        for pattern in found:
            matched = {name for name in expressions.reasons() if re.fullmatch(pattern, name)}
            self.assertEqual(matched, failures)


class DashboardTest(unittest.TestCase):
    def test_each_panel_says_what_it_shows_in_which_unit(self):
        for panel in expressions.panels():
            with self.subTest(panel["title"]):
                self.assertTrue(panel["description"])
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"})
                self.assertTrue(all(target["datasource"] == panel["datasource"] for target in panel["targets"]))

    def test_panels_have_ids_of_their_own_and_do_not_overlap(self):
        panels = json.loads(source(expressions.DASHBOARD))["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells

    def test_only_variables_that_exist_are_used(self):
        names = {"$" + each["name"] for each in json.loads(source(expressions.DASHBOARD))["templating"]["list"]}
        for _, expression in expressions.dashboard_queries():
            self.assertNotIn("$", expression)
        self.assertLessEqual({name for name in expressions.VARIABLES if not name.startswith("$__")}, names)


if __name__ == "__main__":
    unittest.main()
