// Libraries that are built on OpenAI's API, against the OpenAI door: the AI SDK and LangChain's tool.
//
// Usage: node openai_libraries.mjs GATEWAY SIMULATOR, both HOST:PORT. Exits with 0 when everything is as it should be.
import assert from 'node:assert';
import {createOpenAI} from '@ai-sdk/openai';
import {DallEAPIWrapper} from '@langchain/openai';
import {generateImage} from 'ai';
import {png} from './png.mjs';

const [gateway, simulator] = process.argv.slice(2);
const baseURL = `http://${gateway}/v1`;
const lastRequest = async () => (await (await fetch(`http://${simulator}/_sim/requests`)).json()).requests.at(-1);

const openai = createOpenAI({baseURL, apiKey: 'sk-anything'});
for (const name of ['gpt-image-1', 'text-to-image/dev']) {
  const {image} = await generateImage({model: openai.image(name), prompt: 'a boat', size: '1024x768', maxRetries: 0});
  assert.match(image.mediaType, /^image\/(png|jpeg)$/);
  assert.ok(image.uint8Array.length > 100);
  assert.deepStrictEqual((await lastRequest()).body.image_size, {width: 1024, height: 768});
}

// Several at once, of which the SDK asks for as many calls as it takes.
const {images} = await generateImage({model: openai.image('gpt-image-1'), prompt: 'a boat', n: 2, maxRetries: 0});
assert.strictEqual(images.length, 2);

// An edit with a mask, as files.
const edited = await generateImage({
  model: openai.image('gpt-image-1'), maxRetries: 0,
  prompt: {text: 'a hat', images: [png(64, 48)], mask: png(64, 48, (x) => (x < 16 ? 0 : 255))},
});
assert.ok(edited.image.uint8Array.length > 100);
assert.strictEqual((await lastRequest()).endpoint, 'fal-ai/flux-general/inpainting');

const tool = new DallEAPIWrapper({openAIApiKey: 'sk-anything', baseUrl: baseURL, model: 'dall-e-3', maxRetries: 0});
const url = await tool.invoke('a lighthouse');
assert.match(url, /^http/);
assert.strictEqual((await fetch(url)).status, 200);
