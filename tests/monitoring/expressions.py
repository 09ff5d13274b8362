"""The PromQL of deploy/monitoring, taken from its files, and what can be read from it without an engine."""

import json
import re

import yaml

from stack import source

ALERTS = "deploy/monitoring/alerts.yaml"
DASHBOARD = "deploy/monitoring/dashboard.json"
OPERATIONS = "docs/operations.md"

# What Grafana puts in place of its variables when all of each is chosen; windows fit a short test.
VARIABLES = {"$namespace": ".*", "$route": ".*", "$model": ".*", "$__rate_interval": "30s", "$__range": "60s"}


def alerts():
    """Every alerting rule of the file."""
    return [rule for group in yaml.safe_load(source(ALERTS))["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads(source(DASHBOARD))["panels"] if panel["type"] != "row"]


def variable_queries():
    """(metric, label) whose values Grafana offers for a variable."""
    for variable in json.loads(source(DASHBOARD))["templating"]["list"]:
        if variable["type"] == "query":
            yield re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()


def dashboard_queries():
    """(panel's title, expression as Grafana sends it)."""
    for panel in panels():
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            yield panel["title"], expression


def without_thresholds(expression):
    """The same without comparisons to numbers, so that a rule in peace has a value as well."""
    return re.sub(r"\s(==|!=|>=|<=|>|<)\s*[\d.]+", "", expression)


def selectors(expression):
    """(metric, [(label, operator, value)]) of each selector of a metric of ours."""
    for name, body in re.findall(r"\b(flux_\w+)(?:\{([^}]*)\})?", expression):
        yield name, re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', body)


def grouped_labels(expression):
    """Labels that aggregations and matchings keep."""
    found = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression)
    return {label.strip() for labels in found for label in labels.split(",")}


def alternatives(value):
    """The values that a matcher like "a|b_(c|d)" names one by one; None where it is open (contains .)."""
    if "." in value:
        return None
    group = re.fullmatch(r"(.*?)\(([^()]*)\)(.*)", value)
    if not group:
        return value.split("|")
    before, inner, after = group.groups()
    head, _, stem = before.rpartition("|")
    tail = after.lstrip("|").split("|") if after else []
    return [part for part in head.split("|") if part] + [stem + each for each in inner.split("|")] + tail


def reasons():
    """{reason: HTTP status} of base/reason.cc."""
    rows = re.findall(r'ReasonRow\{Reason::\w+,\s*"(\w+)",\s*\w+,\s*(\d+),', source("base/reason.cc"))
    return {name: int(status) for name, status in rows}
