// Opens /docs in a real browser: it is drawn, asks no other host, breaks no rule of its Content-Security-Policy, logs nothing,
// is usable by keyboard, and axe finds nothing to say about it, in light and in dark, on a desk and on a phone.
//
// Usage: node browser.mjs BIN_DIR
import assert from 'node:assert';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {chromium} from 'playwright-core';
import {startPrograms} from './programs.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => fs.existsSync(path));
assert.ok(CHROMIUM, 'there is no chromium; scripts/setup --with-tests installs it');

const programs = await startPrograms(process.argv[2]);
const browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']});

async function opened(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== programs.url) said.push(`asked ${request.url()}`);
  });
  page.on('response', (response) => { if (response.status() >= 400) said.push(`${response.status()} ${response.url()}`); });
  await page.goto(`${programs.url}/docs`);
  await page.waitForSelector('details.operation', {state: 'attached'});
  return {context, page, said};
}

async function checkAxe(scheme, viewport) {
  // Only the checker itself needs its rules bent: what is measured is the page.
  const {context, page} = await opened({bypassCSP: true, colorScheme: scheme, viewport});
  await page.locator('details.operation summary').first().click();
  await page.locator('#generateImages > summary').click();
  await page.locator('[id="fal-programs-curl"] > summary').click();
  await page.waitForSelector('[id="fal-programs-curl"] pre');
  await page.waitForSelector('#generateImages pre');
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => window.axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}));
  assert.deepStrictEqual(violations.map(({id, nodes}) => `${id}: ${nodes[0].html}`), [], `${scheme} ${viewport.width}`);
  if (process.env.KEEP_PICTURES) await page.screenshot({path: `${process.env.KEEP_PICTURES}/docs-${scheme}-${viewport.width}.png`});
  await context.close();
}

try {
  const {context, page, said} = await opened();
  const api = await (await fetch(`${programs.url}/openapi.json`)).json();
  const operations = Object.values(api.paths).flatMap((item) => Object.values(item));
  assert.strictEqual(await page.locator('details.operation').count(), operations.length);
  assert.strictEqual(await page.locator('#reasons + p + dl > div').count(), api.components.schemas.Reason.enum.length);

  // A link opens its operation; the code follows the language.
  await page.getByRole('link', {name: 'text-to-image/schnell', exact: true}).click();
  const box = page.locator('#textToImageSchnell');
  assert.strictEqual(await box.getAttribute('open'), '');
  const code = box.locator('pre').first();
  assert.match(await code.textContent(), /^curl /);
  for (const [language, begin] of [['Python', /urllib\.request/], ['JavaScript', /await fetch/], ['Go', /^package main/]]) {
    await page.getByLabel(language, {exact: true}).check({force: true});
    assert.match(await code.textContent(), begin);
  }
  assert.match(await code.textContent(), new RegExp(programs.url), 'the program asks this gateway');
  assert.match(await box.textContent(), /num_inference_steps.*whole number, 1 to 12/);

  // By keyboard alone: the first stop skips to the content, the filter narrows the list.
  await page.reload();
  await page.waitForSelector('details.operation', {state: 'attached'});
  await page.keyboard.press('Tab');
  assert.strictEqual(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.getByLabel('Find').fill('/api/v1/flux/inpainting/krea');
  assert.strictEqual(await page.locator('#groups li:visible').count(), 1);
  await page.getByLabel('Find').press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#inpaintingKrea[open] pre');
  assert.deepStrictEqual(said, []);

  // All of it, unpacked, and how soon it is there.
  const sizes = await page.evaluate(() => performance.getEntriesByType('resource').filter(({name}) => !name.endsWith('openapi.json'))
      .reduce((sum, {decodedBodySize}) => sum + decodedBodySize, performance.getEntriesByType('navigation')[0].decodedBodySize));
  assert.ok(sizes < 100_000, `${sizes} bytes`);
  await context.close();

  // Whole programs are loaded when they are asked for, and are those of examples/.
  const programsPage = await opened();
  for (const [id, file] of [['fal-programs-curl', 'curl/fal.sh'], ['fal-programs-Python', 'python/fal.py'], ['fal-programs-JavaScript', 'node/fal.mjs'],
    ['fal-programs-Go', 'go/fal.go'], ['grpc-programs-curl', 'curl/grpc.sh'], ['grpc-programs-Python', 'python/generate.py'],
    ['grpc-programs-JavaScript', 'node/generate.mjs'], ['grpc-programs-C++', 'cpp/generate.cc']]) {
    const program = programsPage.page.locator(`[id="${id}"]`);
    await program.locator('summary').click();
    await program.locator('pre').waitFor();
    assert.strictEqual(await program.locator('pre').textContent(), fs.readFileSync(new URL(`../../examples/${file}`, import.meta.url), 'utf8'));
  }
  assert.deepStrictEqual(programsPage.said, []);
  await programsPage.context.close();

  // Without JavaScript it says where the document is.
  const plain = await browser.newContext({javaScriptEnabled: false});
  const still = await plain.newPage();
  await still.goto(`${programs.url}/docs`);
  assert.match(await still.locator('noscript').textContent(), /openapi\.json/);
  await plain.close();

  for (const scheme of ['light', 'dark']) {
    for (const viewport of [{width: 1280, height: 800}, {width: 360, height: 740}]) await checkAxe(scheme, viewport);
  }
} finally {
  await browser.close();
  await programs.stop();
}
