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
    headers: {...(request.body === undefined ? {} : {'Content-Type': 'application/json'}), ...request.headers, ...headers},
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
  const queued = {};  // a request of fal's queue, by the owner of its app
  let count = 0;

  // What is asked for may be over, or not yet: of fal's queue both are answers.
  const isAnswer = (status, method) => status === 200 || status === 202 || (method === 'put' && status === 400);

  // The value of a link's expression in a reply, "$response.header.x-job-id"; what is none is itself.
  function valueOf(expression, reply, text) {
    const header = '$response.header.';
    const member = '$response.body#/';
    if (expression.startsWith(header)) return reply.headers.get(expression.slice(header.length));
    if (expression.startsWith(member)) return JSON.parse(text)[expression.slice(member.length)];
    return expression;
  }

  async function replay(path, method, options, headers) {
    const {reply, text} = await send(requestFor(api, path, method, {base: programs.url, ...options}), headers);
    const response = answers.check(path, method, reply, text);
    assert.ok(isAnswer(reply.status, method), `${method} ${path}: ${text}`);
    sent.add(`${method} ${path}`);
    ++count;
    return {reply, response, text};
  }

  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const parameters = (operation.parameters ?? []).map((parameter) => answers.resolve(parameter));
      if (parameters.some((parameter) => parameter.required && parameter.example === undefined)) continue;  // a link leads there
      const examples = Object.keys(operation.requestBody?.content['application/json']?.examples ?? {});
      for (const example of examples.length > 0 ? examples : [undefined]) {
        const keyed = parameters.some(({name}) => name === 'Idempotency-Key');
        const {reply, response, text} = await replay(path, method, {example}, keyed ? {'Idempotency-Key': `replay-${count}`} : {});
        for (const {operationId, parameters: values} of Object.values(response.links ?? {})) {
          const given = Object.fromEntries(Object.entries(values).map(([name, expression]) =>
            [name, valueOf(expression, reply, text)]));
          if (given.id === null) continue;  // a stream's head is sent before there is a job
          if (operationId === 'falQueueStatus') queued[given.owner] = given;
          const target = pathOf(api, operationId);
          await replay(target.path, target.method, {values: given});
          linked.add(operationId);
        }
      }
    }
  }
  for (const id of ['getJob', 'falQueueResult', 'falProxyGet']) assert.ok(linked.has(id), `no link leads to ${id}`);

  // The same requests of the queue are found on fal's own paths; and a picture is put where it was told.
  for (const [path, item] of Object.entries(api.paths)) {
    if (!path.includes('/{alias}/requests/')) continue;
    for (const method of Object.keys(item)) {
      if (!sent.has(`${method} ${path}`)) await replay(path, method, {values: queued[path.split('/')[1]]});
    }
  }
  const begun = pathOf(api, 'falUploadBegin');
  const {upload_url: to} = JSON.parse((await send(requestFor(api, begun.path, begun.method, {base: programs.url}))).text);
  const put = await send({url: to, method: 'PUT', body: 'a picture'});
  const putting = pathOf(api, 'falUploadPut');
  answers.check(putting.path, putting.method, put.reply, put.text);
  assert.strictEqual(put.reply.status, 200, put.text);
  sent.add(`${putting.method} ${putting.path}`);

  // A job: begun, followed, waited for, listed, told again, ended.
  const flux = '/api/v1/flux/text-to-image/schnell';
  const {body: order} = requestFor(api, flux, 'post');
  const ordered = async (prefer, more = {}) => {
    const exchange = await send(requestFor(api, flux, 'post', {base: programs.url}), {Prefer: prefer, ...more});
    answers.check(flux, 'post', exchange.reply, exchange.text);
    ++count;
    return exchange;
  };
  const job = await ordered('respond-async');
  assert.strictEqual(job.reply.status, 202, job.text);
  assert.strictEqual(job.reply.headers.get('preference-applied'), 'respond-async');
  const {job: {id}} = JSON.parse(job.text);
  assert.strictEqual(job.reply.headers.get('location'), `/api/v1/jobs/${id}`);
  const events = await send({url: `${programs.url}/api/v1/jobs/${id}`, method: 'GET'}, {Accept: 'text/event-stream'});
  answers.check('/api/v1/jobs/{id}', 'get', events.reply, events.text);
  assert.match(events.text, /^retry: \d+\n\nevent: status\n/);
  const [, told] = /\nevent: result\nid: (\S+)\ndata: \{"success":true,/.exec(events.text) ?? assert.fail(events.text);
  const again = await send({url: `${programs.url}/api/v1/jobs/${id}`, method: 'GET'},
    {Accept: 'text/event-stream', 'Last-Event-ID': told});
  answers.check('/api/v1/jobs/{id}', 'get', again.reply, again.text);
  assert.strictEqual(again.reply.status, 204);
  const waited = await ordered('wait=30');
  assert.deepStrictEqual([waited.reply.status, waited.reply.headers.get('preference-applied')], [200, 'wait=30'], waited.text);
  for (const [method, path] of [['delete', '/api/v1/jobs/{id}'], ['post', '/api/v1/jobs/{id}/redeliver']]) {
    const {reply, text} = await send(requestFor(api, path, method, {base: programs.url, values: {id}}));
    answers.check(path, method, reply, text);
    assert.strictEqual(reply.status, 409, text);  // it is over; it has no webhook
    sent.add(`${method} ${path}`);
    ++count;
  }

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
    if (item.post.operationId === 'falUploadBegin') continue;  // any object will do
    await wrong(path, 'post', {body: {...body, seed: -7}});
    await wrong(path, 'post', {body: {...body, prompt: 'sim:policy', image_url: 7}});
    await wrong(path, 'post', {body: 'x'}, {'Content-Type': 'image/png'});
    await wrong(path, 'post', {body: 'x'}, {'Content-Type': 'multipart/form-data'});
    await wrong(path, 'post', {}, {'Content-Encoding': 'gzip'});
    await wrong(path, 'post', {}, {'Idempotency-Key': 'k'.repeat(256)});
    if (!path.startsWith('/api/v1/flux/')) await wrong(path, 'post', {}, {Prefer: 'respond-async'});
  }
  for (const word of ['policy', '500', '503', '429', 'empty', 'notjson', 'reset', '401', '404']) {
    for (const path of ['/api/v1/flux/text-to-image/schnell', '/v1/images/generations']) {
      const {body} = requestFor(api, path, 'post');
      await wrong(path, 'post', {body: {...body, prompt: `sim:${word}`}});
    }
  }
  await wrong('/api/v1/jobs/{id}', 'get', {});
  await wrong('/api/v1/jobs/{id}', 'delete', {});
  await wrong('/api/v1/jobs', 'get', {url: `${programs.url}/api/v1/jobs?limit=0`});
  await wrong('/api/v1/jobs', 'get', {url: `${programs.url}/api/v1/jobs?cursor=tampered`});
  await wrong(flux, 'post', {body: {...order, webhook_url: 'ftp://example.com'}});
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
