// Sends every documented example to running programs and checks the reply against what is documented; follows every link; then
// asks wrongly at every path and checks the refusals as well.
//
// Usage: node replay.mjs BIN_DIR
import assert from 'node:assert';
import path from 'node:path';
import {pathToFileURL, fileURLToPath} from 'node:url';
import {Answers} from './answers.mjs';
import {startPrograms} from './programs.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const {requestFor} = await import(pathToFileURL(path.join(here, '../../gateway/doors/site/pages/samples.js')));
const programs = await startPrograms(process.argv[2]);

async function send(request, headers = {}) {
  const reply = await fetch(request.url, {
    method: request.method,
    headers: {...(request.body === undefined ? {} : {'Content-Type': 'application/json'}), ...headers},
    body: typeof request.body === 'string' ? request.body : request.body && JSON.stringify(request.body),
  });
  return {reply, text: await reply.text()};
}

function pathOf(api, id) {
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) if (operation.operationId === id) return {path, method};
  }
  return assert.fail(`no operation ${id}`);
}

try {
  const api = await (await fetch(`${programs.url}/openapi.json`)).json();
  const answers = new Answers(api);
  const linked = new Set();
  const sent = new Set();
  let count = 0;

  async function replay(path, method, options, headers) {
    const {reply, text} = await send(requestFor(api, path, method, {base: programs.url, ...options}), headers);
    const response = answers.check(path, method, reply, text);
    assert.strictEqual(reply.status, 200, `${method} ${path}: ${text}`);
    sent.add(`${method} ${path}`);
    ++count;
    return {reply, response};
  }

  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const parameters = (operation.parameters ?? []).map((parameter) => answers.resolve(parameter));
      if (parameters.some((parameter) => parameter.in === 'path' && parameter.example === undefined)) continue;  // a link leads there
      const examples = Object.keys(operation.requestBody?.content['application/json']?.examples ?? {});
      for (const example of examples.length > 0 ? examples : [undefined]) {
        const keyed = parameters.some(({name}) => name === 'Idempotency-Key');
        const {reply, response} = await replay(path, method, {example}, keyed ? {'Idempotency-Key': `replay-${count}`} : {});
        for (const {operationId, parameters: values} of Object.values(response.links ?? {})) {
          const given = Object.fromEntries(Object.entries(values).map(([name, expression]) =>
            [name, reply.headers.get(expression.replace('$response.header.', ''))]));
          if (given.id === null) continue;  // a stream's head is sent before there is a job
          const target = pathOf(api, operationId);
          await replay(target.path, target.method, {values: given});
          linked.add(operationId);
        }
      }
    }
  }
  assert.ok(linked.has('getJob'));

  // Documented examples of replies fit their schemas as well.
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, {responses, requestBody}] of Object.entries(item)) {
      const contents = [requestBody, ...Object.values(responses).map((response) => answers.resolve(response))];
      for (const media of contents.flatMap((holder) => Object.values(holder?.content ?? {}))) {
        for (const value of [media.example, ...Object.values(media.examples ?? {}).map((example) => example.value)]) {
          if (value !== undefined) answers.fits(value, media.schema, `an example of ${method} ${path}`);
        }
      }
      assert.ok(sent.has(`${method} ${path}`), `${method} ${path} was not replayed`);
    }
  }

  // Refusals: bodies that are none, a picture that cannot be, a compressed body, a bad key, somebody's job, a day too many.
  const wrong = async (path, method, change, headers) => {
    const request = {...requestFor(api, path, method, {base: programs.url, values: {id: '0'.repeat(32)}}), ...change};
    const {reply, text} = await send(request, headers);
    answers.check(path, method, reply, text);
    assert.ok(reply.status >= 400, `${method} ${path} took ${JSON.stringify(change)}: ${text}`);
    ++count;
  };
  for (const [path, item] of Object.entries(api.paths)) {
    if (!item.post) continue;
    const {body} = requestFor(api, path, 'post');
    await wrong(path, 'post', {body: '{'});
    await wrong(path, 'post', {body: '[]'});
    await wrong(path, 'post', {body: {...body, seed: -7}});
    await wrong(path, 'post', {body: {...body, prompt: 'sim:policy', image_url: 7}});
    await wrong(path, 'post', {body: 'x'}, {'Content-Type': 'image/png'});
    await wrong(path, 'post', {body: 'x'}, {'Content-Type': 'multipart/form-data'});
    await wrong(path, 'post', {}, {'Content-Encoding': 'gzip'});
    await wrong(path, 'post', {}, {'Idempotency-Key': 'k'.repeat(256)});
    await wrong(path, 'post', {}, {Prefer: 'respond-async'});
  }
  for (const word of ['policy', '500', '503', '429', 'empty', 'notjson', 'reset', '401', '404']) {
    for (const path of ['/api/v1/flux/text-to-image/schnell', '/v1/images/generations']) {
      const {body} = requestFor(api, path, 'post');
      await wrong(path, 'post', {body: {...body, prompt: `sim:${word}`}});
    }
  }
  await wrong('/api/v1/jobs/{id}', 'get', {});
  await wrong('/api/v1/usage', 'get', {url: `${programs.url}/api/v1/usage?days=0`});
  await wrong('/v1/models/{id}', 'get', {url: `${programs.url}/v1/models/nothing`});
  await wrong('/docs/{file}', 'get', {url: `${programs.url}/docs/nothing.js`});

  // HEAD is GET without the body; who has it is told so.
  const head = await fetch(`${programs.url}/openapi.json`, {method: 'HEAD'});
  assert.deepStrictEqual([head.status, await head.text()], [200, '']);
  assert.ok(Number(head.headers.get('content-length')) > 100_000);
  const had = await fetch(`${programs.url}/openapi.json`, {headers: {'If-None-Match': head.headers.get('etag')}});
  assert.strictEqual(had.status, 304);
  console.log(`${count} exchanges as documented`);
} finally {
  await programs.stop();
}

const silent = await startPrograms(process.argv[2], ['--docs=false']);
try {
  for (const path of ['/openapi.json', '/docs']) assert.strictEqual((await fetch(silent.url + path)).status, 404);
} finally {
  await silent.stop();
}
