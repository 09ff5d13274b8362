// A real Prometheus on loopback, and what its queries name.
'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const YAML = require('yaml');
const { eventually } = require('./programs.js');

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// Scrapes `targets` (lists of addresses by job) every second and evaluates `rules`. Prometheus takes no port 0, so a port that
// was free a moment ago is tried, and another if it is taken by then.
async function startPrometheus({ targets, rules }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-prometheus-'));
  const config = path.join(folder, 'prometheus.yaml');
  fs.writeFileSync(config, YAML.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: Object.entries(targets).map(([job_name, list]) => ({ job_name, static_configs: [{ targets: list }] })),
  }));
  for (let attempt = 0; attempt < 5; ++attempt) {
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn('prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=${address}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
    const exited = once(child, 'exit');
    await eventually(async () => child.exitCode !== null ||
      (await fetch(`http://${address}/-/ready`).catch(() => ({}))).status === 200, 'Prometheus is ready');
    if (child.exitCode !== null) {
      if (log.includes('address already in use')) continue;
      throw new Error(`prometheus ended: ${log}`);
    }
    const get = async (url) => {
      const reply = await (await fetch(`http://${address}${url}`)).json();
      if (reply.status !== 'success') throw new Error(`${url}: ${reply.error}`);
      return reply.data;
    };
    return {
      query: async (expr) => (await get(`/api/v1/query?query=${encodeURIComponent(expr)}`)).result,
      labels: async (metric) => get(`/api/v1/series?match[]=${encodeURIComponent(metric)}`),
      rules: async () => (await get('/api/v1/rules')).groups.flatMap((group) => group.rules),
      stop: async () => {
        child.kill('SIGTERM');
        await exited;
        fs.rmSync(folder, { recursive: true });
      },
    };
  }
  throw new Error('no free port for Prometheus');
}

// The selectors of our metrics in an expression: [{ metric, labels }], labels with those it groups by.
function selectorsOf(expr) {
  const selectors = [...expr.matchAll(/\b(flux_[a-z_]+)(?:\{([^}]*)\})?/g)].map(([, metric, matchers = '']) => ({
    metric, labels: [...matchers.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label) }));
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list.split(',').map((label) => label.trim()));
  return { selectors, grouped };
}

module.exports = { startPrometheus, selectorsOf };
