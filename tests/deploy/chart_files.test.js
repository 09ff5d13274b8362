// The chart's own facts against those that are told elsewhere: versions, images, users and ports of the container files, the
// alert rules and the dashboard of deploy/monitoring.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const YAML = require('yaml');
const { root, chart, helms, run, objects, withoutMade, find, containerOf, read } = require('./chart.js');
const { matrix } = require('./matrix.js');

const chartYaml = YAML.parse(read('deploy/k8s/chart/Chart.yaml'));
const source = YAML.parse(read('deploy/monitoring/alerts.yaml'));

test('appVersion is the version of the programs', () => {
  const [, version] = /project\(flux\s[^)]*VERSION\s+([0-9.]+)/.exec(read('CMakeLists.txt'));
  assert.equal(chartYaml.appVersion, version);
});

test('images, users and ports are those of deploy/docker', () => {
  const stages = {};
  for (const stage of read('deploy/docker/Dockerfile').split(/^FROM /m)) {
    const [, name] = /^\S+ AS (\S+)/.exec(stage) ?? [];
    if (name) stages[name] = stage;
  }
  for (const deployment of objects({ files: matrix.dev }).filter((object) => object.kind === 'Deployment')) {
    const { image, ports } = containerOf(deployment);
    const [name, tag] = image.split(':');
    assert.ok(stages[name], `${name} has no stage in deploy/docker/Dockerfile`);
    assert.equal(tag, chartYaml.appVersion);
    const [, exposed] = /^EXPOSE (.*)$/m.exec(stages[name]);
    assert.deepEqual(ports.map((port) => port.containerPort).sort(), exposed.split(' ').map(Number).sort(), name);
    const [, user, group] = /^USER (\d+):(\d+)$/m.exec(stages[name]);
    const { runAsUser, runAsGroup } = deployment.spec.template.spec.securityContext;
    assert.deepEqual([runAsUser, runAsGroup], [Number(user), Number(group)], name);
  }
});

test('files/ holds what deploy/monitoring holds', () => {
  const done = run(path.join(root, 'scripts/sync-chart-files'), ['--check']);
  assert.equal(done.code, 0, done.err);
});

test('the PrometheusRule holds every alert, word for word, and promtool takes it', () => {
  const rule = find(objects({ files: matrix.prod }), 'PrometheusRule', 'flux-alerts');
  assert.deepEqual(rule.spec, { groups: source.groups.map(({ name, rules }) => ({ name, rules })) });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-rules-'));
  fs.writeFileSync(path.join(folder, 'rules.yaml'), YAML.stringify(rule.spec));
  const done = run('promtool', ['check', 'rules', path.join(folder, 'rules.yaml')]);
  fs.rmSync(folder, { recursive: true });
  assert.equal(done.code, 0, done.out + done.err);
});

test('alerts can be left out and added, and runbooks can be elsewhere', () => {
  const [first] = source.groups[0].rules;
  const set = [`monitoring.rules.disabled={${first.alert}}`, 'monitoring.runbookBaseUrl=https://wiki.example.com/flux'];
  const { groups } = find(objects({ files: matrix.autoscaled, set }), 'PrometheusRule', 'flux-alerts').spec;
  const alerts = groups.flatMap((group) => group.rules);
  assert.ok(!alerts.some((rule) => rule.alert === first.alert));
  assert.equal(alerts.length, source.groups.flatMap((group) => group.rules).length);
  assert.equal(groups.at(-1).name, 'ours');
  for (const { annotations } of alerts.filter((rule) => rule.annotations)) {
    assert.match(annotations.runbook_url, /^https:\/\/wiki\.example\.com\/flux#[a-z]+$/);
  }
});

test('the dashboard reaches Grafana as it is', () => {
  const config = find(objects({ files: matrix.prod }), 'ConfigMap', 'flux-dashboard');
  assert.deepEqual(JSON.parse(config.data['flux.json']), JSON.parse(read('deploy/monitoring/dashboard.json')));
});

test('a packaged chart renders the same', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-package-'));
  for (const helm of Object.keys(helms)) {
    const done = run(helms[helm], ['package', chart, '--destination', folder]);
    assert.equal(done.code, 0, done.err);
    const packaged = path.join(folder, `flux-${chartYaml.version}.tgz`);
    assert.deepEqual(withoutMade(objects({ files: matrix.prod, helm, from: packaged })), withoutMade(objects({ files: matrix.prod })));
  }
  fs.rmSync(folder, { recursive: true });
});
