// Gives a running gateway's /openapi.json to two linters that nobody here wrote. No error, no warning.
//
// Usage: node lint.mjs BIN_DIR
import assert from 'node:assert';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {startPrograms} from './programs.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-lint-'));

function run(program, ...flags) {
  const ran = spawnSync(path.join(here, 'node_modules/.bin', program), flags, {encoding: 'utf8', cwd: folder, timeout: 150_000,
    env: {...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1'}});
  return {code: ran.status, out: ran.stdout, said: ran.stdout + ran.stderr};
}

const programs = await startPrograms(process.argv[2]);
try {
  const file = path.join(folder, 'openapi.json');
  fs.writeFileSync(file, await (await fetch(`${programs.url}/openapi.json`)).text());
  if (process.env.KEEP_OPENAPI) fs.copyFileSync(file, process.env.KEEP_OPENAPI);

  const redocly = run('redocly', 'lint', file, '--config', path.join(here, 'redocly.yaml'), '--format=json');
  assert.strictEqual(redocly.code, 0, redocly.said);
  const {totals} = JSON.parse(redocly.out.slice(redocly.out.indexOf('{')));
  assert.deepStrictEqual([totals.errors, totals.warnings], [0, 0], redocly.said);

  const spectral = run('spectral', 'lint', file, '--ruleset', path.join(here, 'spectral.yaml'), '--fail-severity=hint');
  assert.strictEqual(spectral.code, 0, spectral.said);
} finally {
  await programs.stop();
  fs.rmSync(folder, {recursive: true, force: true});
}
