// What the cases run against: a simulator, a service with budgets, a gateway for everybody and one with API keys, a line that can
// be cut, and a service that buys from something that is no simulator.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {end, listening, start} from '../openapi/programs.mjs';

export const KEYS = {rich: 'rich-key-of-the-test', poor: 'poor-key-of-the-test'};

// Passes bytes to `target` ("HOST:PORT") until it is cut.
async function line(target) {
  const sockets = new Set();
  let up = true;
  const server = net.createServer((socket) => {
    if (!up) return socket.destroy();
    const [host, port] = target.split(':');
    const far = net.connect(Number(port), host);
    for (const each of [socket, far]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => { sockets.delete(each); socket.destroy(); far.destroy(); });
    }
    socket.pipe(far).pipe(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut() { up = false; for (const each of sockets) each.destroy(); },
    mend() { up = true; },
    close() { this.cut(); server.close(); },
  };
}

async function ready(admin) {
  const until = Date.now() + 60_000;
  while ((await fetch(`http://${admin}/readyz`).catch(() => ({}))).status !== 200) {
    if (Date.now() > until) throw new Error('a gateway does not get ready');
    await new Promise((done) => setTimeout(done, 20));
  }
}

export async function startStack(bin) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-browser-'));
  const programs = [];
  const run = (...all) => {
    programs.push(start(bin, ...all));
    return programs.at(-1);
  };
  const file = (name, text) => {
    fs.writeFileSync(path.join(folder, name), text, {mode: 0o600});
    return path.join(folder, name);
  };
  const service = async (name, fal, more) => {
    const program = run('flux-service', ['--listen=127.0.0.1:0', '--metrics-listen=127.0.0.1:0', `--fal-url=http://${fal}`,
      `--store=sqlite:${folder}/${name}.db`, ...more], {FAL_KEY: 'sim:sim'});
    return listening(program, 'grpc');
  };
  const gateway = async (grpc, more = [], listen = '127.0.0.1:0') => {
    const program = run('flux-gateway', [`--listen=${listen}`, '--admin-listen=127.0.0.1:0', `--service=${grpc}`, '--rate-limit-per-minute=0', ...more]);
    const http = await listening(program, 'http');
    const admin = await listening(program, 'admin');
    await ready(admin);
    return {url: `http://${http}`, address: http, admin: `http://${admin}`};
  };

  const sim = run('flux-sim', ['--listen=127.0.0.1:0', '--queue-listen=127.0.0.1:0', '--platform-listen=127.0.0.1:0', '--history-lag=200ms']);
  const [fal, queue, platform] = [await listening(sim, 'fal'), await listening(sim, 'queue'), await listening(sim, 'platform')];
  const hash = (key) => crypto.createHash('sha256').update(key).digest('hex');
  const keys = file('keys', Object.entries(KEYS).map(([name, key]) => `${name} ${hash(key)}\n`).join(''));
  const budgets = file('budgets', 'poor usd=0.01 per=day\nrich usd=5 per=month\n');
  const grpc = await service('flux', fal, [`--fal-queue-url=http://${queue}`, `--fal-platform-url=http://${platform}`, `--budgets-file=${budgets}`]);
  const open = await gateway(grpc);
  const keyed = await gateway(grpc, [`--api-keys-file=${keys}`]);
  const stranger = http.createServer((request, reply) => reply.writeHead(404).end('{"detail":"Not Found"}'));
  await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const real = await gateway(await service('real', `127.0.0.1:${stranger.address().port}`, []));
  const cable = await line(open.address);

  const sims = async (at) => (await fetch(`http://${fal}/_sim/${at}`)).json();
  return {
    open, keyed, real, cable, grpc,
    gateway: ({listen, flags = []}) => gateway(grpc, flags, listen),
    limits: (values) => fetch(`http://${fal}/_sim/limits`, {method: 'PUT', body: JSON.stringify(values)}),
    // What was bought with this in its prompt.
    bought: async (prompt) => (await sims('ledger')).purchases.filter((each) => each.prompt?.includes(prompt)),
    // What the simulator was asked with this in its prompt.
    asked: async (prompt) => (await sims('requests')).requests.filter((each) => each.body?.prompt?.includes(prompt)),
    async stop() {
      cable.close();
      for (const program of programs.reverse()) await end(program);
      stranger.close();
      fs.rmSync(folder, {recursive: true, force: true});
    },
  };
}
