// Makes one picture with OpenAI's SDK and saves it. A program that uses OpenAI's Images API needs no other change
// than the address and the key.
//
//   npm install --prefix examples/node
//   node examples/node/openai.mjs "a lighthouse at dusk" [MODEL] [FILE]
//
// Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
import fs from 'node:fs';
import {createRequire} from 'node:module';

const OpenAI = createRequire(import.meta.url)('openai');  // import OpenAI from 'openai' does as well

const [prompt, model = 'flux-2', file = 'picture.png'] = process.argv.slice(2);
const client = new OpenAI({
  baseURL: `${process.env.FLUX_URL ?? 'http://127.0.0.1:8080'}/v1`,
  apiKey: process.env.FLUX_API_KEY ?? 'none',
  timeout: 180_000,  // a picture takes seconds, and one that is waited for no longer may still be paid for
});

try {
  // The key makes the purchase happen once, however often the SDK sends it again.
  const made = await client.images.generate(
      {model, prompt, size: '1024x1024', output_format: 'png', response_format: 'b64_json'},
      {headers: {'Idempotency-Key': crypto.randomUUID()}});
  fs.writeFileSync(file, Buffer.from(made.data[0].b64_json, 'base64'));
  console.log(`${file}: ${made.size}, about $${made.usage.cost_usd}, ${made.model}`);
} catch (error) {
  if (!(error instanceof OpenAI.APIError)) throw error;
  console.error(`${error.status} ${error.code}: ${error.message} (param: ${error.param}, billed: ${error.error?.billed})`);
  process.exit(1);
}
