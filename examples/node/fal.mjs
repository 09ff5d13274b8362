// Makes one picture with fal's own client and saves it. A program that uses @fal-ai/client needs no other change than
// `proxyUrl`; in a browser `proxyUrl: '/api/fal/proxy'` is enough.
//
//   npm install --prefix examples/node
//   node examples/node/fal.mjs "a lighthouse at dusk" [APP] [FILE]
//
// Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
import fs from 'node:fs';
import {createRequire} from 'node:module';

const {ApiError, createFalClient} = createRequire(import.meta.url)('@fal-ai/client');  // import … from '@fal-ai/client' does as well

const [prompt, app = 'fal-ai/flux/dev', file = 'picture.jpeg'] = process.argv.slice(2);
// The key makes the purchase happen once, however often the client sends it again.
const key = crypto.randomUUID();
const fal = createFalClient({
  proxyUrl: {url: `${process.env.FLUX_URL ?? 'http://127.0.0.1:8080'}/api/fal/proxy`, when: 'always'},
  credentials: process.env.FLUX_API_KEY,  // of this gateway; fal's own key stays on the server
  requestMiddleware: async (request) => ({...request, headers: {...request.headers, 'Idempotency-Key': key}}),
});

try {
  const {data, requestId} = await fal.subscribe(app, {
    input: {prompt, image_size: 'landscape_16_9'},
    onQueueUpdate: ({status}) => console.log(status),
  });
  const [image] = data.images;
  fs.writeFileSync(file, Buffer.from(await (await fetch(image.url)).arrayBuffer()));
  console.log(`${file}: ${image.width}x${image.height}, seed ${data.seed}, request ${requestId}`);
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  const {detail} = error.body;  // a sentence; or, where fields are wrong, one entry for each
  const says = Array.isArray(detail) ? detail.map(({loc, msg, type}) => `${loc.join('.')}: ${msg} (${type})`).join('; ') : detail;
  console.error(`${error.status}: ${says}`);
  process.exit(1);
}
