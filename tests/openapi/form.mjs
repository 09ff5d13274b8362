// A person chooses a picture in the form of a web page, and a real browser sends it: byte for byte it is what fal gets. The page is
// on an origin of its own. As a form that navigates, and as FormData in a script that reads the answer.
//
// Usage: node form.mjs BIN_DIR
import assert from 'node:assert';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {chromium} from 'playwright-core';
import {png} from '../clients/png.mjs';
import {startPrograms} from './programs.mjs';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => fs.existsSync(path));
assert.ok(CHROMIUM, 'there is no chromium; scripts/setup --with-tests installs it');

// Pictures that a careless reader of forms would cut: line ends, dashes and every byte, after the end of the picture proper.
const every = Buffer.from(Array.from({length: 512}, (_, i) => i % 256));
const trap = Buffer.concat([Buffer.from('\r\n--\r\n------WebKitFormBoundary\r\n--'), every, Buffer.from('\r\n')]);
const pictures = [Buffer.concat([png(64, 48), trap]), Buffer.concat([png(300, 200), every, trap])];
const mask = png(64, 48);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-form-'));
const files = ['кот "1".png', 'dog;name=prompt.png'].map((name) => path.join(folder, name));
files.forEach((file, i) => fs.writeFileSync(file, pictures[i]));
const maskFile = path.join(folder, 'mask.png');
fs.writeFileSync(maskFile, mask);
const uri = (bytes) => `data:image/png;base64,${bytes.toString('base64')}`;

// The gateway's address is said in the query, as the page's own.
const page_ = `<!doctype html><meta charset="utf-8"><title>A form</title>
<form method="post" enctype="multipart/form-data">
  <input type="file" name="image" multiple> <input type="file" name="mask"> <textarea name="prompt"></textarea> <input name="seed">
  <button>Send</button>
</form>
<script>document.forms[0].action = new URLSearchParams(location.search).get('to');</script>`;

async function website() {
  const server = http.createServer((request, reply) => reply.setHeader('Content-Type', 'text/html').end(page_));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close()};
}

const mine = await website();
const other = await website();
const programs = await startPrograms(process.argv[2], [`--allowed-origins=${mine.origin}`]);
const browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']});

const received = async () => (await (await fetch(`${programs.simulator}/_sim/requests`)).json()).requests;

async function filled(site, route, {image, mask: masked, prompt, seed = ''}) {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/?to=${encodeURIComponent(`${programs.url}/api/v1/flux/${route}`)}`);
  await page.locator('[name=image]').setInputFiles(image);
  if (masked) await page.locator('[name=mask]').setInputFiles(masked);
  await page.locator('[name=prompt]').fill(prompt);
  await page.locator('[name=seed]').fill(seed);
  return page;
}

// What the browser shows once the form is sent, and what fal got.
async function sent(site, route, form) {
  const page = await filled(site, route, form);
  const before = (await received()).length;
  const [reply] = await Promise.all([page.waitForResponse((one) => one.url().startsWith(programs.url)),
    page.waitForURL((url) => url.href.startsWith(programs.url)), page.getByText('Send').click()]);
  const shown = JSON.parse(await page.locator('body').innerText());
  await page.close();
  return {status: reply.status(), shown, got: (await received()).slice(before)};
}

try {
  // One picture, and a file that nobody chose, which browsers send as an empty one. Browsers end lines in CR LF.
  const one = await sent(mine, 'edit/kontext-pro', {image: files[0], prompt: 'blau – 青い\nund "klein"', seed: '7'});
  assert.deepStrictEqual([one.status, one.shown.success], [200, true], JSON.stringify(one.shown));
  assert.strictEqual(one.got.length, 1);
  assert.strictEqual(one.got[0].body.image_url, uri(pictures[0]), 'byte for byte');
  assert.strictEqual(one.got[0].body.prompt, 'blau – 青い\r\nund "klein"');
  assert.strictEqual(one.got[0].body.seed, 7);

  const several = await sent(mine, 'edit/flux-2-pro', {image: files, prompt: 'both'});
  assert.strictEqual(several.status, 200, JSON.stringify(several.shown));
  assert.deepStrictEqual(several.got[0].body.image_urls, pictures.map(uri));

  const whole = await sent(mine, 'image-to-image/flux-1-dev', {image: files[0], prompt: 'x'});
  assert.strictEqual(whole.got[0].body.image_url, uri(pictures[0]));

  const inpainted = await sent(mine, 'inpainting/krea', {image: files[0], mask: maskFile, prompt: 'x'});
  assert.strictEqual(inpainted.status, 200, JSON.stringify(inpainted.shown));
  assert.deepStrictEqual([inpainted.got[0].body.image_url, inpainted.got[0].body.mask_url], [pictures[0], mask].map(uri));

  // A page's own script reads the answer, which CORS must allow.
  const page = await filled(mine, 'edit/kontext-pro', {image: files[1], prompt: 'by a script'});
  const answer = await page.evaluate(async () => {
    const form = document.forms[0];
    const reply = await fetch(form.action, {method: 'POST', body: new FormData(form)});
    return {status: reply.status, cost: reply.headers.get('x-cost-usd'), body: await reply.json()};
  });
  assert.deepStrictEqual([answer.status, answer.body.success], [200, true], JSON.stringify(answer));
  assert.ok(Number(answer.cost) > 0, 'the script sees the price');
  assert.strictEqual((await received()).at(-1).body.image_url, uri(pictures[1]));
  await page.close();

  // A page that nobody allowed: its form is refused, and nothing is sent.
  const refused = await sent(other, 'edit/kontext-pro', {image: files[0], prompt: 'x'});
  assert.deepStrictEqual([refused.status, refused.shown.code, refused.got.length], [403, 'ORIGIN_NOT_ALLOWED', 0]);
} finally {
  await browser.close();
  await programs.stop();
  mine.stop();
  other.stop();
  fs.rmSync(folder, {recursive: true, force: true});
}
