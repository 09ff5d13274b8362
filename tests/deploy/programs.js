// The real programs as processes, with the settings that a container would have.
'use strict';
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http2 = require('node:http2');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');

const bin = process.env.FLUX_BIN_DIR ?? path.resolve(__dirname, '../../build/dev/bin');
const patience = 30_000;

// What a program's --help says: its flags, and the environment names it reads.
function settingsOf(program) {
  const help = execFileSync(path.join(bin, program), ['--help'], { encoding: 'utf8' });
  const names = [...help.matchAll(/\[env ([A-Z0-9_]+)\]/g)].map(([, name]) => name);
  const secrets = [...help.matchAll(/^ {2}([A-Z0-9_]+), or a file named by ([A-Z0-9_]+)/gm)].flatMap(([, name, file]) => [name, file]);
  return { flags: [...help.matchAll(/^ {2}(--[a-z0-9-]+)/gm)].map(([, flag]) => flag), environment: new Set([...names, ...secrets]) };
}

function checkConfig(program, env, args = []) {
  const done = spawnSync(path.join(bin, program), [...args, '--check-config'], { env, encoding: 'utf8' });
  return { code: done.status, text: done.stdout + done.stderr };
}

// Starts a program; resolves once each name in `listeners` has its "listening" line.
async function start(program, { env = {}, args = [], listeners }) {
  const child = spawn(path.join(bin, program), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const running = { program, child, log: '', addresses: {} };
  const exited = once(child, 'exit');
  child.stderr.setEncoding('utf8').on('data', (text) => {
    running.log += text;
    for (const [, name, address] of running.log.matchAll(/"event":"listening","name":"([a-z]+)","address":"([^"]+)"/g)) {
      running.addresses[name] = address;
    }
  });
  running.stop = async () => {
    child.kill('SIGTERM');
    return (await exited)[0];
  };
  try {
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${running.log}`);
      return listeners.every((name) => running.addresses[name]);
    }, `${program} listens`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return running;
}

// Asks `done` again and again until it says yes.
async function eventually(done, what) {
  const deadline = Date.now() + patience;
  for (;;) {
    if (await done()) return;
    if (Date.now() > deadline) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

// What the kubelet's gRPC probe asks: grpc.health.v1.Health/Check of the whole server. True if it is serving.
async function grpcServing(address) {
  const session = http2.connect(`http://${address}`);
  try {
    const request = session.request({
      ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers' });
    request.end(Buffer.alloc(5));
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts).subarray(5).equals(Buffer.from([0x08, 0x01]));
  } finally {
    session.close();
  }
}

// A directory with certificates of a throw-away authority, and what else the charts' Secrets hold.
function secrets() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-secrets-'));
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=flux-service',
    '-addext', 'subjectAltName=DNS:flux-service,DNS:localhost,IP:127.0.0.1', '-keyout', 'tls.key', '-out', 'tls.crt');
  fs.copyFileSync(path.join(folder, 'tls.crt'), path.join(folder, 'ca.crt'));
  const files = {
    'api-keys': `alice ${'2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90'} rate=30\n`,
    FAL_KEY: 'id:secret', password: 'secret', token: 'a-token-of-some-length', FLUX_PROMPT_HASH_KEY: 'some-key',
    'catalogue.json': '{"models":[]}' };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

module.exports = { bin, settingsOf, checkConfig, start, eventually, grpcServing, secrets };
