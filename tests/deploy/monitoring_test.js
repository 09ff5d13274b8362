// Dashboard, alerts and guide speak of metrics that the programs have: a real Prometheus scrapes them while they meet success and
// every kind of failure, and each query returns data.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { after, before, test } = require('node:test');
const YAML = require('yaml');
const { read, root, run } = require('./chart.js');
const { eventually, secrets, start } = require('./programs.js');
const { selectorsOf, startPrometheus } = require('./prometheus.js');

const monitoring = path.join(root, 'deploy/monitoring');
const alerts = YAML.parse(read('deploy/monitoring/alerts.yaml')).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('deploy/monitoring/dashboard.json'));
const guide = read('docs/operations.md');
const panels = dashboard.panels.filter((panel) => panel.type !== 'row');
const queries = panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, expr: target.expr })));

let folder;
let prometheus;
const running = {};
const metricsText = {};

const generate = (gateway, body, headers = { 'X-API-Key': 'correct horse' }) =>
  fetch(`http://${gateway.addresses.http}/api/v1/flux/text-to-image/dev`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });

// A picture, and every kind of failure that a query tells apart.
async function live() {
  const { gateway, narrow, cutOff, lost } = running;
  const codes = [];
  for (const prompt of ['a tree', 'sim:401', 'sim:500', 'sim:503', 'sim:429', 'sim:policy', 'sim:noimages', 'sim:nsfw']) {
    codes.push((await generate(gateway, { prompt, seed: 1 })).status);
  }
  codes.push((await generate(gateway, { prompt: '' })).status);
  codes.push((await generate(gateway, { prompt: 'a' }, { 'X-API-Key': 'wrong' })).status);
  for (let i = 0; i < 2; ++i) codes.push((await generate(gateway, { prompt: 'a' }, { 'X-API-Key': 'hurried' })).status);
  // Two at once where one is the limit.
  const both = await Promise.all([1, 2].map(() => generate(narrow, { prompt: 'sim:slow=700' }, {})));
  codes.push(...both.map(({ status }) => status).sort());
  codes.push((await generate(cutOff, { prompt: 'a' }, {})).status, (await generate(lost, { prompt: 'a' }, {})).status);
  return codes;
}

before(async () => {
  folder = secrets();
  const hash = (key) => require('node:crypto').createHash('sha256').update(key).digest('hex');
  const keys = path.join(folder, 'keys');
  fs.writeFileSync(keys, `alice ${hash('correct horse')} rate=0\nbob ${hash('hurried')} rate=1\n`);
  const local = { FLUX_LISTEN: '127.0.0.1:0', FLUX_METRICS_LISTEN: '127.0.0.1:0', FLUX_ADMIN_LISTEN: '127.0.0.1:0' };
  const service = (env) => start('flux-service', { env: { ...local, FAL_KEY: 'sim:sim', ...env }, listeners: ['grpc', 'metrics'] });
  const gateway = (env) => start('flux-gateway', { env: { ...local, ...env }, listeners: ['http', 'admin'] });
  running.sim = await start('flux-sim', { env: { FLUX_SIM_LISTEN: '127.0.0.1:0' }, listeners: ['fal'] });
  running.service = await service({ FLUX_FAL_URL: `http://${running.sim.addresses.fal}` });
  // One service that fal cannot be reached from, one gateway that no service can be reached from. Port 9 is discarded everywhere.
  running.stranded = await service({ FLUX_FAL_URL: 'http://127.0.0.1:9' });
  running.gateway = await gateway({ FLUX_SERVICE: running.service.addresses.grpc, FLUX_API_KEYS_FILE: keys });
  running.narrow = await gateway({ FLUX_SERVICE: running.service.addresses.grpc, FLUX_MAX_IN_FLIGHT: '1' });
  running.cutOff = await gateway({ FLUX_SERVICE: running.stranded.addresses.grpc });
  running.lost = await gateway({ FLUX_SERVICE: '127.0.0.1:9' });
  const ready = ({ addresses }) => eventually(async () => (await fetch(`http://${addresses.admin}/readyz`)).status === 200, 'a gateway is ready');
  await Promise.all([running.gateway, running.narrow, running.cutOff].map(ready));
  prometheus = await startPrometheus({
    rules: path.join(monitoring, 'alerts.yaml'),
    targets: {
      gateway: [running.gateway, running.narrow, running.cutOff, running.lost].map(({ addresses }) => addresses.admin),
      service: [running.service, running.stranded].map(({ addresses }) => addresses.metrics),
    },
  });
  assert.deepEqual(await live(), [200, 502, 502, 503, 429, 422, 502, 200, 422, 401, 200, 429, 200, 503, 503, 503]);
  const total = async (expr) => Number((await prometheus.query(expr))[0]?.value[1] ?? 0);
  // Series begin where they are first scraped; a second round is what they have grown by.
  const seen = 'count(flux_gateway_requests_total{reason="SERVICE_UNAVAILABLE"})';
  await eventually(async () => (await total(seen)) > 0, 'the first round is scraped');
  await live();
  await eventually(async () => (await total('sum(increase(flux_gateway_requests_total{reason="SERVICE_UNAVAILABLE"}[1m]))')) > 0,
    'the second round is scraped');
  metricsText.gateway = await (await fetch(`http://${running.gateway.addresses.admin}/metrics`)).text();
  metricsText.service = await (await fetch(`http://${running.service.addresses.metrics}/metrics`)).text();
});

after(async () => {
  await prometheus?.stop();
  for (const name of ['gateway', 'narrow', 'cutOff', 'lost', 'service', 'stranded', 'sim']) await running[name]?.stop();
  fs.rmSync(folder, { recursive: true });
});

test('promtool takes the rules and their tests', () => {
  const checked = run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', path.join(monitoring, 'alerts.yaml')]);
  assert.equal(checked.code, 0, checked.out + checked.err);
  const tested = run('promtool', ['test', 'rules', path.join(monitoring, 'alerts_test.yaml')]);
  assert.equal(tested.code, 0, tested.out + tested.err);
});

test('every alert has a test that it fires and one that it is quiet', () => {
  const { tests } = YAML.parse(read('deploy/monitoring/alerts_test.yaml'));
  const cases = tests.flatMap((one) => one.alert_rule_test).map((one) => `${one.alertname} ${one.exp_alerts.length > 0 ? 'fires' : 'is quiet'}`);
  assert.deepEqual(cases.sort(), alerts.flatMap(({ alert }) => [`${alert} fires`, `${alert} is quiet`]).sort());
});

test('every alert says what, how bad and what to do, and its runbook exists', () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.ok(['critical', 'warning'].includes(labels.severity), alert);
    assert.ok(annotations.summary && annotations.description, alert);
    assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`);
    assert.match(guide, new RegExp(`^### ${alert}\n\n\\S`, 'm'), alert);
  }
});

test('promtool finds nothing to say about the metrics', () => {
  for (const [name, text] of Object.entries(metricsText)) {
    const done = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(done.status, 0, `${name}: ${done.stdout}${done.stderr}`);
  }
});

test('the guide explains every metric, and no other', () => {
  const families = Object.values(metricsText).flatMap((text) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const explained = [...guide.matchAll(/^\| `([a-z_]+)`(?: \([^)]*\))? \|/gm)].map(([, name]) => name).filter((name) => name.startsWith('flux_'));
  assert.deepEqual(explained.sort(), [...new Set(families)].sort());
});

test('every panel has a title, a unit, a query and a place of its own', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const panel of panels) {
    assert.ok(panel.title && panel.fieldConfig.defaults.unit, panel.title);
    assert.ok(panel.targets.length > 0 && panel.targets.every(({ expr }) => expr), panel.title);
    assert.equal(panel.datasource.uid, '${datasource}');
    const { x, y, w, h } = panel.gridPos;
    assert.ok(x + w <= 24);
    const over = panels.filter(({ id, gridPos: other }) => id !== panel.id &&
      x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h);
    assert.deepEqual(over.map(({ title }) => title), [], panel.title);
  }
});

test('every metric of the programs is on the dashboard', () => {
  const families = Object.values(metricsText).flatMap((text) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const shown = new Set(queries.flatMap(({ expr }) => selectorsOf(expr).selectors).map(({ metric }) => metric.replace(/_bucket$/, '')));
  assert.deepEqual(families.filter((name) => !shown.has(name)), []);
});

test('every query of the dashboard returns data', async () => {
  for (const { title, expr } of queries) {
    const concrete = expr.replaceAll('$__rate_interval', '1m').replaceAll('$model', '.*');
    assert.ok((await prometheus.query(concrete)).length > 0, `${title}: ${concrete}`);
  }
});

test('every alert rule is evaluated without error, and its expression has data to compare', async () => {
  const loaded = await prometheus.rules();
  assert.deepEqual(loaded.map(({ name }) => name).sort(), alerts.map(({ alert }) => alert).sort());
  await eventually(async () => (await prometheus.rules()).every(({ health }) => health === 'ok'), 'all rules are evaluated');
  for (const { alert, expr } of alerts) {
    if (expr.startsWith('absent(')) {
      assert.deepEqual(await prometheus.query(expr), [], alert);
      continue;
    }
    // Without the thresholds, and with today in yesterday's place.
    for (const part of expr.replace(/ offset 1d/g, '').split(/\band\b/)) {
      const value = part.trim().replace(/\s(>|==)\s[0-9.]+$/, '').replace(' > 5 *', ' > -1 *');
      assert.notEqual(value, part.trim(), `${alert} compares nothing`);
      assert.ok((await prometheus.query(value)).length > 0, `${alert}: ${value}`);
    }
  }
});

test('every label that a query names is one that the metric has', async () => {
  for (const { title, expr } of [...queries, ...alerts.map(({ alert, expr: text }) => ({ title: alert, expr: text }))]) {
    const { selectors, grouped } = selectorsOf(expr);
    for (const { metric, labels } of selectors) {
      const series = await prometheus.labels(metric);
      assert.ok(series.length > 0, `${title}: ${metric}`);
      for (const label of [...labels, ...grouped]) {
        assert.ok(series.some((one) => label in one), `${title}: ${metric} has no label ${label}`);
      }
    }
  }
});
