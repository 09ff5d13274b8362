// OpenAI's own SDK, which knows nothing of FLUX, against the OpenAI door: it generates, edits with a mask,
// streams, gets the errors that it knows by their classes, and its own resends buy nothing twice.
//
// Usage: node openai_client.mjs GATEWAY SIMULATOR, both HOST:PORT; the gateway gives a request some seconds. Exits with 0
// when everything is as it should be.
import assert from 'node:assert';
import OpenAI, {toFile} from 'openai';
import {greysOf, png} from './png.mjs';

const [gateway, simulator] = process.argv.slice(2);
const client = new OpenAI({baseURL: `http://${gateway}/v1`, apiKey: 'sk-anything', maxRetries: 0});

const ledger = async () => (await (await fetch(`http://${simulator}/_sim/ledger`)).json()).purchases;
const lastRequest = async () => (await (await fetch(`http://${simulator}/_sim/requests`)).json()).requests.at(-1);
const typeOf = (bytes) => bytes.subarray(0, 4).toString('latin1') === '\x89PNG' ? 'png' : bytes[0] === 0xff ? 'jpeg' : 'webp';

// What the call throws, which must be of this class, and have cost nothing unless said otherwise.
async function refused(Kind, call, wanted, cost = 0) {
  const before = (await ledger()).length;
  let error;
  await assert.rejects(async () => { await call(); }, (thrown) => { error = thrown; return thrown instanceof Kind; });
  for (const [name, value] of Object.entries(wanted)) assert.strictEqual(error[name], value, `${name}: ${error.message}`);
  assert.strictEqual((await ledger()).length - before, cost, error.message);
  return error;
}

const tests = {
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes('text-to-image/dev') && ids.includes('edit/kontext-pro'), ids.join());
    assert.strictEqual((await client.models.retrieve('text-to-image/dev')).id, 'text-to-image/dev');
    assert.strictEqual((await client.models.retrieve('gpt-image-1')).object, 'model');
    await refused(OpenAI.NotFoundError, () => client.models.retrieve('nobody'), {code: 'model_not_found', param: 'model'});
  },

  async generateByUrl() {
    const made = await client.images.generate({model: 'dev', prompt: 'a lighthouse', size: '512x768', n: 2});
    assert.strictEqual(made.data.length, 2);
    assert.strictEqual(made.size, '512x768');
    assert.ok(Math.abs(made.created - Date.now() / 1000) < 60);
    assert.ok(made.usage.cost_usd > 0);
    const picture = Buffer.from(await (await fetch(made.data[0].url)).arrayBuffer());
    assert.strictEqual(typeOf(picture), made.output_format);
    const sent = await lastRequest();
    assert.strictEqual(sent.endpoint, 'fal-ai/flux/dev');
    assert.deepStrictEqual(sent.body.image_size, {width: 512, height: 768});
    assert.strictEqual(sent.body.num_images, 2);
  },

  async generateAsBytes() {
    const made = await client.images.generate(
        {model: 'text-to-image/schnell', prompt: 'a boat', response_format: 'b64_json', output_format: 'png', size: 'auto'});
    assert.strictEqual(typeOf(Buffer.from(made.data[0].b64_json, 'base64')), 'png');
    assert.strictEqual(made.output_format, 'png');
  },

  async aliasesGiveBytesAsTheyAlwaysDid() {
    const made = await client.images.generate({model: 'gpt-image-1', prompt: 'a boat', quality: 'high', user: 'u'});
    assert.ok(made.data[0].b64_json.length > 100);
    assert.strictEqual(made.model, 'text-to-image/flux-2');
    assert.match(made.warnings.join(), /quality/);
    assert.strictEqual((await lastRequest()).body.quality, undefined);
  },

  async fluxFieldsPass() {
    await client.images.generate({model: 'dev', prompt: 'a boat', seed: 7, guidance_scale: 2});
    assert.strictEqual((await lastRequest()).body.seed, 7);
  },

  async editOne() {
    const picture = png(64, 48);
    const made = await client.images.edit(
        {model: 'edit/kontext-pro', image: await toFile(picture, '../../etc/cat.txt'), prompt: 'blue', response_format: 'url'});
    assert.ok(made.data[0].url);
    const sent = await lastRequest();
    assert.strictEqual(sent.body.image_url, 'data:image/png;base64,' + picture.toString('base64'), 'byte for byte');
  },

  async editSeveral() {
    const pictures = [png(64, 48), png(32, 32)];
    const made = await client.images.edit({
      model: 'flux-2',
      image: await Promise.all(pictures.map((bytes, i) => toFile(bytes, `${i}.png`, {type: 'image/png'}))),
      prompt: 'both together', response_format: 'b64_json',
    });
    assert.ok(made.data[0].b64_json);
    assert.deepStrictEqual((await lastRequest()).body.image_urls,
        pictures.map((bytes) => 'data:image/png;base64,' + bytes.toString('base64')));
  },

  async editWithMask() {
    const mask = png(64, 48, (x) => (x < 16 ? 0 : 255));
    await client.images.edit(
        {model: 'gpt-image-1', image: await toFile(png(64, 48), 'a.png'), mask: await toFile(mask, 'm.png'), prompt: 'a hat'});
    const sent = await lastRequest();
    assert.strictEqual(sent.endpoint, 'fal-ai/flux-general/inpainting');
    const {width, height, rows} = greysOf(Buffer.from(sent.body.mask_url.split(',')[1], 'base64'));
    assert.deepStrictEqual([width, height], [64, 48]);
    for (const row of rows) row.forEach((grey, x) => assert.strictEqual(grey, x < 16 ? 255 : 0));
  },

  async badMasks() {
    const image = async () => toFile(png(64, 48), 'a.png');
    const edit = async (mask) => client.images.edit({model: 'gpt-image-1', image: await image(), mask, prompt: 'x'});
    const wanted = {status: 400, param: 'mask', code: 'invalid_value'};
    const size = await refused(OpenAI.BadRequestError, async () => edit(await toFile(png(32, 48, () => 0), 'm.png')), wanted);
    assert.match(size.message, /32x48.*64x48/);
    const alpha = await refused(OpenAI.BadRequestError, async () => edit(await toFile(png(64, 48), 'm.png')), wanted);
    assert.match(alpha.message, /no transparency/);
    const none = await refused(OpenAI.BadRequestError, async () => edit(await toFile(png(64, 48, () => 9), 'm.png')), wanted);
    assert.match(none.message, /no transparent pixel/);
    await refused(OpenAI.BadRequestError, async () => edit(await toFile(Buffer.from('GIF89a'), 'm.gif')), wanted);
  },

  async editByReference() {
    const reply = await fetch(`http://${gateway}/v1/images/edits`, {
      method: 'POST', headers: {'content-type': 'application/json'},
      body: JSON.stringify({model: 'flux-2', prompt: 'x', images: [{image_url: 'https://example.com/a.png'}]}),
    });
    assert.strictEqual(reply.status, 200, await reply.clone().text());
    assert.deepStrictEqual((await lastRequest()).body.image_urls, ['https://example.com/a.png']);
  },

  async stream() {
    const events = [];
    for await (const event of await client.images.generate(
        {model: 'gpt-image-1', prompt: 'sim:slow=1500 a boat', stream: true, partial_images: 2})) events.push(event);
    assert.strictEqual(events.length, 1);
    assert.strictEqual(events[0].type, 'image_generation.completed');
    assert.strictEqual(typeOf(Buffer.from(events[0].b64_json, 'base64')), events[0].output_format);
    assert.match(events[0].size, /^\d+x\d+$/);
    assert.strictEqual(events[0].usage.total_tokens, 0);
  },

  async streamEdit() {
    const stream = await client.images.edit(
        {model: 'gpt-image-1', image: await toFile(png(64, 48), 'a.png'), prompt: 'x', stream: true});
    const events = [];
    for await (const event of stream) events.push(event.type);
    assert.deepStrictEqual(events, ['image_edit.completed']);
  },

  async streamRefusedAtOnceHasAStatus() {
    await refused(OpenAI.BadRequestError, () => client.images.generate({model: 'dev', prompt: 'x', n: 9, stream: true}),
        {status: 400, param: 'n'});
  },

  async errors() {
    const generate = (fields) => () => client.images.generate({model: 'dev', prompt: 'x', ...fields});
    const bad = {status: 400, type: 'invalid_request_error', code: 'invalid_value'};
    await refused(OpenAI.BadRequestError, generate({n: 11}), {...bad, param: 'n'});
    await refused(OpenAI.BadRequestError, generate({n: [2]}), {...bad, param: 'n'});
    await refused(OpenAI.BadRequestError, generate({size: 'huge'}), {...bad, param: 'size'});
    await refused(OpenAI.BadRequestError, generate({size: '99999x512'}), {...bad, param: 'size.width'});
    await refused(OpenAI.BadRequestError, generate({background: 'transparent'}), {...bad, param: 'background'});
    await refused(OpenAI.BadRequestError, generate({output_compression: 50}), {...bad, param: 'output_compression'});
    await refused(OpenAI.BadRequestError, generate({output_format: 'svg'}), {...bad, param: 'output_format'});
    await refused(OpenAI.BadRequestError, generate({response_format: 'file'}), {...bad, param: 'response_format'});
    await refused(OpenAI.BadRequestError, generate({moderation: 'none'}), {...bad, param: 'moderation'});
    await refused(OpenAI.BadRequestError, generate({prompt: ''}), {status: 400, param: 'prompt'});
    await refused(OpenAI.BadRequestError, generate({model: 'edit/kontext-pro'}), {...bad, param: 'model'});
    await refused(OpenAI.NotFoundError, generate({model: 'nobody'}), {status: 404, param: 'model', code: 'model_not_found'});
    await refused(OpenAI.BadRequestError, async () => client.images.edit({model: 'flux-2', prompt: 'x', image: []}),
        {status: 400, param: 'image', code: 'missing_required_parameter'});
    await refused(OpenAI.BadRequestError, generate({prompt: 'sim:policy'}), {status: 400, code: 'content_policy_violation'});
    await refused(OpenAI.NotFoundError, () => client.post('/chat/completions', {body: {}}), {code: 'unknown_url'});
  },

  async anAmbiguousFailureIsBoughtOnce() {
    const eager = client.withOptions({maxRetries: 4});
    const before = (await ledger()).length;
    await refused(OpenAI.InternalServerError, () => eager.images.generate({model: 'dev', prompt: 'sim:cut once'}),
        {status: 502}, (await ledger()).length - before + 1);
    assert.strictEqual((await ledger()).length - before, 1, 'bought once');
  },

  async keyedCallsReplay() {
    const idempotencyKey = 'openai-client-1';
    const call = () => client.images.generate({model: 'dev', prompt: 'keyed'}, {headers: {'Idempotency-Key': idempotencyKey}});
    const before = (await ledger()).length;
    const [first, second] = [await call(), await call()];
    assert.strictEqual(first.data[0].url, second.data[0].url);
    assert.strictEqual((await ledger()).length - before, 1);
  },

  // The last two leave purchases behind that the ledger may show later.
  async aResendAfterATimeoutBuysNothing() {
    const hasty = client.withOptions({maxRetries: 2, timeout: 1000});
    await assert.rejects(hasty.images.generate({model: 'dev', prompt: 'sim:hang hasty'}));
    const {requests} = await (await fetch(`http://${simulator}/_sim/requests`)).json();
    assert.strictEqual(requests.filter(({body}) => body.prompt?.includes('hasty')).length, 1, 'bought once');
  },

  async streamThatFailsLater() {
    const stream = await client.images.generate({model: 'dev', prompt: 'sim:hang', stream: true});
    await assert.rejects(async () => { for await (const event of stream) assert.fail(event.type); },
        (error) => error instanceof OpenAI.APIError && error.code === 'upstream_timeout' && error.error.billed === 'maybe');
  },
};

for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
  } catch (error) {
    console.error(`${name}:`, error);
    process.exit(1);
  }
}
