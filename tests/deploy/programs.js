// The real programs as a rendered pod would start them: the container's environment, with the files of its volumes laid out in
// a folder instead of under /etc/flux and /var/lib/flux.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, containerOf } = require('./chart.js');

const bin = process.env.FLUX_BIN ?? path.join(root, 'build/dev/bin');
const programOf = (container) => /(flux-[a-z]+)[:@]/.exec(container.image)[1];

// Names of the environment that a program reads, by its own --help.
function settingsOf(program) {
  const help = spawnSync(path.join(bin, program), ['--help'], { encoding: 'utf8' });
  if (help.status !== 0) throw new Error(`${program} --help: ${help.error ?? help.stderr}`);
  const plain = [...help.stdout.matchAll(/\[env ([A-Z0-9_]+)\]/g)].map((match) => match[1]);
  const secret = [...help.stdout.matchAll(/^ +([A-Z0-9_]+), or a file named by ([A-Z0-9_]+):/gm)];
  return { plain, secrets: secret.map((match) => match[1]), files: secret.map((match) => match[2]) };
}

// Certificates as a site without helm and cert-manager makes them, kept in `folder`: {service, gateway}, each with its files by
// name. flux-service is reached at 127.0.0.1 here.
function makeCertificates(folder, ...more) {
  const made = path.join(folder, 'certificates');
  const done = spawnSync(path.join(root, 'deploy/make-certificates'), [made, '--name', '127.0.0.1', ...more], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  const files = (side) => Object.fromEntries(['tls.crt', 'tls.key', 'ca.crt'].map((file) => [file, fs.readFileSync(path.join(made, side, file))]));
  return { service: files('service'), gateway: files('gateway'), out: done.stdout };
}

// Lays the files of a deployment's volumes out under `folder`: what the rendering holds, or else what a site would have put
// into Secrets of its own.
function layOut(deployment, list, folder, certificates = makeCertificates(folder)) {
  const given = {
    'api-keys': `partner ${'ab'.repeat(32)}\n`, fal: 'id:secret', 'fal-billing': 'id:bill', redis: 'password', 'service-token': 'token', 'prompt-hash': 'key',
    webhooks: `partner whsec_${Buffer.alloc(32, 7).toString('base64')}\n`, catalogue: '{"models":[]}', store: 'password', budgets: 'total usd=100 per=day\n', 'model-aliases': '{"default":"text-to-image/dev"}',
  };
  const held = (kind, name) => list.find((object) => object.kind === kind && object.metadata.name === name)?.data;
  for (const volume of deployment.spec.template.spec.volumes ?? []) {
    const place = path.join(folder, volume.name);
    fs.mkdirSync(place, { recursive: true });
    if (volume.persistentVolumeClaim) continue;  // empty at first
    const data = volume.secret ? held('Secret', volume.secret.secretName) : held('ConfigMap', volume.configMap.name);
    for (const file of (volume.secret ?? volume.configMap).items?.map((item) => item.path) ?? ['catalogue.json']) {
      const text = data ? (volume.secret ? Buffer.from(data[file], 'base64') : data[file]) : certificates[volume.name === 'service-tls' ? 'gateway' : 'service'][file] ?? given[volume.name];
      fs.writeFileSync(path.join(place, file), text);
    }
  }
}

// The environment of a deployment's container; `change` replaces values, null removes.
function environment(deployment, folder, change = {}) {
  const env = { PATH: process.env.PATH };
  for (const { name, value } of containerOf(deployment).env) {
    env[name] = value.replace(/^\/etc\/flux\//, `${folder}/`).replace(/^sqlite:\/var\/lib\/flux\//, `sqlite:${folder}/data/`);
  }
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete env[name];
    else env[name] = value;
  }
  return env;
}

// What is changed for a simulator that runs here, and what it listens to; and for a flux-service that buys from it there.
const simulatorHere = { FLUX_SIM_LISTEN: '127.0.0.1:0', FLUX_SIM_QUEUE_LISTEN: '127.0.0.1:0', FLUX_SIM_PLATFORM_LISTEN: '127.0.0.1:0', FLUX_SIM_LATENCY: '0' };
const simulatorPorts = ['fal', 'queue', 'platform'];
const buyingAt = (sim) => ({
  FLUX_LISTEN: '127.0.0.1:0', FLUX_METRICS_LISTEN: '127.0.0.1:0', FLUX_FAL_URL: `http://${sim.fal}`,
  FLUX_FAL_QUEUE_URL: `http://${sim.queue}`, FLUX_FAL_PLATFORM_URL: `http://${sim.platform}`,
});

// Runs `work(folder)` with a folder that is gone afterwards.
async function withFolder(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-pod-'));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function checkConfig(deployment, list, folder, change) {
  layOut(deployment, list, folder);
  const program = path.join(bin, programOf(containerOf(deployment)));
  return spawnSync(program, ['--check-config'], { env: environment(deployment, folder, change), encoding: 'utf8' });
}

// A key as flux-gateway makes it for a caller, and its line for the file of keys.
function keygen(name) {
  const done = spawnSync(path.join(bin, 'flux-gateway'), ['keygen', name], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`keygen: ${done.error ?? done.stderr}`);
  const [key, line] = done.stdout.split('\n');
  return { key, line };
}

// Starts a program and waits until it says where it listens: {address: {name: "HOST:PORT"}, stop()}.
async function start(deployment, folder, change, names) {
  const child = spawn(path.join(bin, programOf(containerOf(deployment))), [], { env: environment(deployment, folder, change) });
  const address = {};
  let text = '';
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not listening after 20 s:\n${text}`)), 20000);
    child.on('exit', () => reject(new Error(`ended:\n${text}`)));
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      for (const [, name, where] of text.matchAll(/"event":"listening","name":"([a-z]+)","address":"([^"]+)"/g)) address[name] = where;
      if (names.every((name) => address[name])) { clearTimeout(late); resolve(); }
    });
  }).catch((error) => { child.kill('SIGKILL'); throw error; });
  const ended = new Promise((resolve) => child.removeAllListeners('exit').on('exit', resolve));
  return { address, stop: () => { child.kill('SIGKILL'); return ended; } };
}

module.exports = { programOf, settingsOf, withFolder, makeCertificates, layOut, checkConfig, keygen, start, simulatorHere, simulatorPorts, buyingAt };
