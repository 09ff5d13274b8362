// flux-sim, flux-service and flux-gateway on free ports of loopback, for as long as a test runs.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PATIENCE_MS = 60_000;

// The address that the program's log tells of its listener of this name.
export function listening(program, name) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${program.spawnfile} says nothing of ${name}:\n${program.said}`)), PATIENCE_MS);
    const look = () => {
      const found = new RegExp(`"event":"listening","name":"${name}","address":"([^"]+)"`).exec(program.said);
      if (!found) return;
      clearTimeout(late);
      resolve(found[1]);
    };
    program.stderr.on('data', look);
    program.on('exit', (code) => reject(new Error(`${program.spawnfile} ended with ${code}:\n${program.said}`)));
    look();
  });
}

export function start(bin, name, flags, env = {}) {
  const program = spawn(path.join(bin, name), flags, {env, stdio: ['ignore', 'ignore', 'pipe']});
  program.said = '';
  program.stderr.on('data', (text) => { program.said += text; });
  return program;
}

// Ends a program that was started here, gently.
export async function end(program) {
  if (program.exitCode !== null) return;
  const ended = new Promise((resolve) => program.on('exit', resolve));
  program.kill('SIGTERM');
  await ended;
}

// {url, grpc, simulator, stop}: addresses of the gateway, the service and what stands for fal; `gateway` are further flags of flux-gateway.
export async function startPrograms(bin, gateway = []) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-openapi-'));
  const programs = [];
  const stop = async () => {
    for (const program of programs.reverse()) await end(program);
    fs.rmSync(folder, {recursive: true, force: true});
  };
  const run = (...all) => {
    programs.push(start(bin, ...all));
    return programs.at(-1);
  };
  try {
    const sim = run('flux-sim', ['--listen=127.0.0.1:0']);
    const fal = await listening(sim, 'fal');
    const service = run('flux-service', ['--listen=127.0.0.1:0', '--metrics-listen=127.0.0.1:0', `--fal-url=http://${fal}`,
      `--store=sqlite:${folder}/flux.db`], {FAL_KEY: 'sim:sim'});
    const grpc = await listening(service, 'grpc');
    const front = run('flux-gateway', ['--listen=127.0.0.1:0', '--admin-listen=127.0.0.1:0', `--service=${grpc}`,
      '--rate-limit-per-minute=0', ...gateway]);
    const url = `http://${await listening(front, 'http')}`;
    const admin = `http://${await listening(front, 'admin')}`;
    const until = Date.now() + PATIENCE_MS;
    while ((await fetch(`${admin}/readyz`)).status !== 200) {
      if (Date.now() > until) throw new Error(`the gateway does not get ready:\n${front.said}`);
      await new Promise((done) => setTimeout(done, 20));
    }
    return {url, grpc, simulator: `http://${fal}`, stop};
  } catch (error) {
    await stop();
    throw error;
  }
}
