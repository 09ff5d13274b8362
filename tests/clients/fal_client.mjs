// fal's own JavaScript client against this gateway: through the proxy protocol, by fal's hosts, and in the AI SDK.
//   node fal_client.mjs MODE http://HOST:PORT
// MODE: proxy, host, cancel, errors, ai-sdk. FLUX_TEST_PNG is a picture in base64. Prints what went wrong, and exits with 1.
import assert from 'node:assert/strict';
import { createFal } from '@ai-sdk/fal';
import { createFalClient } from '@fal-ai/client';

const [mode, gateway] = process.argv.slice(2);
const app = 'fal-ai/flux/dev';
const png = Buffer.from(process.env.FLUX_TEST_PNG, 'base64');

// What a program writes that points the client at this gateway instead of fal's hosts.
const hosts = {
  'https://fal.run/': `${gateway}/fal/run/`,
  'https://queue.fal.run/': `${gateway}/fal/queue/`,
  'https://rest.fal.ai/': `${gateway}/fal/rest/`,
};
const toGateway = async (request) => {
  const host = Object.keys(hosts).find((begin) => request.url.startsWith(begin));
  return host ? { ...request, url: hosts[host] + request.url.slice(host.length) } : request;
};

const clients = {
  proxy: () => createFalClient({ proxyUrl: { url: `${gateway}/api/fal/proxy`, when: 'always' } }),
  host: () => createFalClient({ credentials: 'any:key', requestMiddleware: toGateway }),
};

function checkOutput(data, prompt = 'a lighthouse') {
  assert.equal(data.images.length, 1);
  assert.match(data.images[0].url, /^https?:\/\//);
  assert.equal(typeof data.images[0].width, 'number');
  assert.match(data.images[0].content_type, /^image\//);
  assert.deepEqual(data.has_nsfw_concepts, [false]);
  assert.equal(data.prompt, prompt);
  assert.equal(typeof data.timings.inference, 'number');
  assert.equal(typeof data.seed, 'number');
}

async function everything(fal) {
  const ran = await fal.run(app, { input: { prompt: 'a lighthouse', seed: 42, image_size: 'square' } });
  checkOutput(ran.data);
  assert.equal(ran.data.seed, 42);
  assert.equal(ran.data.images[0].width, 512);
  assert.notEqual(ran.requestId, '');

  for (const subscription of [{ mode: 'polling', pollInterval: 50 }, { mode: 'streaming' }]) {
    const seen = [];
    const subscribed = await fal.subscribe(app, {
      input: { prompt: 'sim:slow=1500 a lighthouse' },
      logs: true,
      ...subscription,
      onQueueUpdate: (update) => seen.push(update),
    });
    checkOutput(subscribed.data, 'sim:slow=1500 a lighthouse');
    assert.equal(seen.at(-1).status, 'COMPLETED');
    assert.ok(seen.every((update) => Array.isArray(update.logs) || update.status === 'IN_QUEUE'));
    assert.ok(seen.some((update) => update.logs?.some((line) => line.message !== '' && line.level === 'INFO')));
  }

  const submitted = await fal.queue.submit(app, { input: { prompt: 'a lighthouse' }, priority: 'low' });
  assert.equal(submitted.status, 'IN_QUEUE');
  const id = submitted.request_id;
  assert.ok(submitted.status_url.endsWith(`/fal-ai/flux/requests/${id}/status`));
  await fal.queue.subscribeToStatus(app, { requestId: id, pollInterval: 50 });
  const status = await fal.queue.status(app, { requestId: id, logs: true });
  assert.equal(status.status, 'COMPLETED');
  assert.deepEqual(status.logs, []);
  const result = await fal.queue.result(app, { requestId: id });
  checkOutput(result.data);
  assert.equal(result.requestId, id);
  await assert.rejects(fal.queue.cancel(app, { requestId: id }), (error) => {
    assert.equal(error.status, 400);
    assert.deepEqual(error.body, { status: 'ALREADY_COMPLETED' });
    return true;
  });
  await assert.rejects(fal.queue.status(app, { requestId: '0'.repeat(32) }), { status: 404 });

  const stream = await fal.stream(app, { input: { prompt: 'a lighthouse' } });
  const events = [];
  for await (const event of stream) events.push(event);
  checkOutput(events.at(-1));
  checkOutput(await stream.done().catch(() => events.at(-1)));

  const file = new File([png], 'in.png', { type: 'image/png' });
  const url = await fal.storage.upload(file);
  const changed = await fal.run('fal-ai/flux/dev/image-to-image', { input: { prompt: 'a lighthouse', image_url: url } });
  checkOutput(changed.data);
  // A file in the input is uploaded by the client itself.
  checkOutput((await fal.subscribe('fal-ai/flux/dev/image-to-image', { input: { prompt: 'a lighthouse', image_url: file } })).data);
}

async function until(holds) {
  for (let i = 0; i < 500 && !(await holds()); ++i) await new Promise((wake) => setTimeout(wake, 20));
}

async function cancel(fal) {
  const submitted = await fal.queue.submit(app, { input: { prompt: 'sim:hang' } });
  await until(async () => (await fal.queue.status(app, { requestId: submitted.request_id })).status === 'IN_PROGRESS');
  await fal.queue.cancel(app, { requestId: submitted.request_id });
  await fal.queue.subscribeToStatus(app, { requestId: submitted.request_id, pollInterval: 50 });
  await assert.rejects(fal.queue.result(app, { requestId: submitted.request_id }), (error) => {
    assert.equal(error.status, 499);
    assert.equal(error.body.detail, 'Request cancelled by the client.');
    return true;
  });
}

async function errors(fal) {
  const refused = async (input, check, name = app) => {
    for (const call of [() => fal.run(name, { input }), () => fal.queue.submit(name, { input })]) {
      await assert.rejects(call(), (error) => {
        check(error);
        return true;
      });
    }
  };
  await refused({}, (error) => {
    assert.equal(error.status, 422);
    assert.equal(error.name, 'ValidationError');
    assert.deepEqual(error.fieldErrors, [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }]);
  });
  await refused({ prompt: 'x', image_size: 'huge' }, (error) => assert.equal(error.getFieldErrors('image_size')[0].type, 'literal_error'));
  await refused({ prompt: 'x', num_inference_steps: 51 }, (error) => {
    assert.equal(error.status, 422);
    const [steps] = error.getFieldErrors('num_inference_steps');
    assert.deepEqual(steps, {
      loc: ['body', 'num_inference_steps'],
      msg: 'Input should be less than or equal to 50',
      type: 'less_than_equal',
      ctx: { le: 50 },
    });
  });
  await refused({ prompt: 'x', safety_tolerance: '6' }, (error) => assert.equal(error.fieldErrors[0].type, 'extra_forbidden'));
  await refused({ prompt: 'x' }, (error) => {
    assert.equal(error.status, 404);
    assert.equal(error.body.detail, "Application 'other' not found");
  }, 'fal-ai/other');
  await refused({ prompt: 'x' }, (error) => {
    assert.equal(error.status, 404);
    assert.equal(error.body.detail, 'Path /dev/inpainting not found');
  }, 'fal-ai/flux/dev/inpainting');
  // An answer that is lost is told with a status that the client does not resend.
  await assert.rejects(fal.run(app, { input: { prompt: 'sim:reset' } }), { status: 500 });
  // The same failure has the same status by either way, and none that makes the client ask again.
  for (const call of [() => fal.run(app, { input: { prompt: 'sim:500' } }), () => fal.subscribe(app, { input: { prompt: 'sim:500' } })]) {
    await assert.rejects(call(), (error) => {
      assert.equal(error.status, 500);
      assert.equal(error.body.detail, 'Internal Server Error');
      return true;
    });
  }
  // What fal itself says arrives as it is.
  await assert.rejects(fal.run(app, { input: { prompt: 'sim:policy' } }), (error) => {
    assert.equal(error.status, 422);
    assert.equal(error.fieldErrors[0].type, 'content_policy_violation');
    return true;
  });
}

async function aiSdk() {
  const fal = createFal({ apiKey: 'any:key', baseURL: `${gateway}/fal/run` });
  const made = await fal.image(app).doGenerate({ prompt: 'a lighthouse', n: 1, aspectRatio: '16:9', seed: 7, providerOptions: {} });
  assert.equal(made.images.length, 1);
  assert.ok(made.images[0].length > 100);
  assert.equal(made.providerMetadata.fal.seed, 7);
  assert.equal(made.providerMetadata.fal.images[0].nsfw, false);
  await assert.rejects(
    fal.image(app).doGenerate({ prompt: 'a lighthouse', n: 1, providerOptions: { fal: { numInferenceSteps: 50, guidanceScale: 20 } }, size: '99999x1' }),
    (error) => {
      assert.equal(error.statusCode, 422);
      return true;
    },
  );
}

if (mode === 'ai-sdk') {
  await aiSdk();
} else if (mode === 'errors') {
  await errors(clients.host());
  await errors(clients.proxy());
} else if (mode === 'cancel') {
  await cancel(clients.host());
  await cancel(clients.proxy());
} else {
  await everything(clients[mode]());
}
