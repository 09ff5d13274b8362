// Runs the programs that /docs shows, in each of the four languages, for one operation of every route: each prints a reply that is
// documented.
//
// Usage: node samples.mjs BIN_DIR
import assert from 'node:assert';
import {execFile} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {startPrograms} from './programs.mjs';

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const {LANGUAGES, requestFor, sample} = await import(pathToFileURL(path.join(here, '../../gateway/doors/site/pages/samples.js')));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-samples-'));
const RUN = {
  curl: ['sample.sh', (file) => ['bash', file]],
  Python: ['sample.py', (file) => ['/usr/bin/python3', file]],
  JavaScript: ['sample.mjs', (file) => [process.execPath, file]],
  Go: ['sample.go', (file) => ['go', 'run', file]],
};
const env = {...process.env, FLUX_API_KEY: 'none', GOFLAGS: '-mod=mod', GO111MODULE: 'off', GOCACHE: path.join(os.tmpdir(), 'flux-go-cache')};

// One of each kind of model, and every other path.
const IDS = ['textToImageDev', 'imageToImage', 'inpaintingKrea', 'editFlux2', 'listModels', 'getUsage', 'generateImages', 'editImages',
  'listOpenAiModels', 'getOpenAiModel', 'getOpenAiModelByShortName', 'falRunFalAiFluxDev', 'falQueueFalAiFluxDev', 'falProxyPost'];

const programs = await startPrograms(process.argv[2]);
try {
  const api = await (await fetch(`${programs.url}/openapi.json`)).json();
  let count = 0;
  for (const [path_, item] of Object.entries(api.paths)) {
    for (const [method, {operationId, responses}] of Object.entries(item)) {
      if (!IDS.includes(operationId)) continue;
      ++count;
      const request = requestFor(api, path_, method, {base: programs.url});
      const wanted = responses['200'].content['application/json'].schema;
      for (const language of LANGUAGES) {
        const [name, command] = RUN[language];
        const file = path.join(folder, name);
        fs.writeFileSync(file, sample(language, request));
        const [program, ...flags] = command(file);
        const {stdout} = await run(program, flags, {env, timeout: 120_000, maxBuffer: 1 << 26});
        const reply = JSON.parse(stdout);
        const schema = wanted.$ref ? wanted.$ref.slice(2).split('/').reduce((at, part) => at[part], api) : wanted;
        for (const member of schema.required ?? []) assert.ok(member in reply, `${language} of ${operationId}: ${stdout.slice(0, 300)}`);
      }
    }
  }
  assert.strictEqual(count, IDS.length, 'an operation of the list is not in the document');
} finally {
  await programs.stop();
  fs.rmSync(folder, {recursive: true, force: true});
}
