// One page of the browser, with everything it complains of, and what cases do on it again and again.
import assert from 'node:assert';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {chromium} from 'playwright-core';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE_MS = 60_000;
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => fs.existsSync(path));

export function launch() {
  assert.ok(CHROMIUM, 'there is no chromium; scripts/setup --with-tests installs it');
  return chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']});
}

// {page, said, close}. `said`: console messages, errors, requests to other hosts, reports of the policy. Chromium logs every answer
// of 400 and more, and every lost connection; `refusals` says that those are meant.
export async function open(browser, url, {refusals = false, ...options} = {}) {
  const context = await browser.newContext({locale: 'en-US', viewport: {width: 1440, height: 900}, ...options});
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const said = [];
  page.on('console', (message) => {
    if (!refusals || !message.text().startsWith('Failed to load resource')) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(error.stack));
  page.on('request', (request) => {
    const {protocol, origin} = new URL(request.url());
    if (protocol.startsWith('http') && origin !== url) said.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return {page, said, close: () => context.close()};
}

export async function hasModels(page) {
  await page.waitForSelector('#fields .field');
}

export async function fill(page, {model, prompt}) {
  await hasModels(page);
  if (model) await page.selectOption('#model', model);
  if (prompt !== undefined) await page.fill('#prompt', prompt);
}

// Presses Generate and waits for what was made; its key.
export async function make(page) {
  const before = await page.evaluate(() => document.querySelector('.made')?.dataset.key);
  await page.click('#generate');
  await page.waitForSelector(before ? `.made:not([data-key="${before}"])` : '.made');
  return page.locator('.made').getAttribute('data-key');
}

// What axe finds, in a page whose policy is bent for the checker alone.
export async function findings(page) {
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => window.axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}));
  return violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 200)).join(' | ')}`);
}

// Tries until it holds.
export async function eventually(check, what) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await check()) return;
    if (Date.now() > until) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

// A PNG of one color, as a file for an <input>, made by the browser itself.
export async function picture(page, name, color, width = 96, height = 64) {
  const uri = await page.evaluate(([fill, w, h]) => {
    const canvas = Object.assign(document.createElement('canvas'), {width: w, height: h});
    const context = canvas.getContext('2d');
    context.fillStyle = fill;
    context.fillRect(0, 0, w, h);
    return canvas.toDataURL('image/png');
  }, [color, width, height]);
  return {name, mimeType: 'image/png', buffer: Buffer.from(uri.split(',')[1], 'base64')};
}
