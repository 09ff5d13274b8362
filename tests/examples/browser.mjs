// Uses the browser's module as a page would, and checks that the page beside it has what its script asks for.
//
// Usage: node browser.mjs EXAMPLES_DIR GATEWAY_URL. Exits with 0 when everything is as it should be.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const [folder, base] = process.argv.slice(2);
const {generate, models, FluxError} = await import(pathToFileURL(path.join(folder, 'browser/flux.js')));

const names = (await models(base)).map(({name}) => name);
assert.ok(names.includes('text-to-image/dev'));

const made = await generate(base, 'text-to-image/dev', {prompt: 'say "seed":12', seed: '18446744073709551615'});
assert.match(made.images[0].url, /^http/);
assert.strictEqual(made.seed, '18446744073709551615');
assert.strictEqual(made.prompt, 'say "seed":12');
assert.strictEqual(made.cost, '0.025');

await assert.rejects(generate(base, 'text-to-image/dev', {prompt: 'x', num_images: 9}), (error) => {
  assert.ok(error instanceof FluxError);
  assert.deepStrictEqual([error.status, error.code, error.billed, error.field], [422, 'INVALID_FIELD', 'no', 'num_images']);
  return true;
});

const page = fs.readFileSync(path.join(folder, 'browser/index.html'), 'utf8');
const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
for (const [, id] of page.matchAll(/element\('([^']+)'\)/g)) assert.ok(ids.has(id), `the page has no ${id}`);
assert.match(page, /import \{generate, models, FluxError\} from '\.\/flux\.js'/);
