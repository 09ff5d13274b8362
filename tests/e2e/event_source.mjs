// Begins a job of six seconds, follows it with the EventSource of a real browser, and restarts the gateway meanwhile, at the
// same address.
//
// Usage: node event_source.mjs BIN_DIR SERVICE
import assert from 'node:assert';
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const [bin, service] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const {chromium} = createRequire(path.join(here, '../openapi/'))('playwright-core');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));
assert.ok(CHROMIUM, 'there is no chromium; scripts/setup --with-tests installs it');

let listen = '127.0.0.1:0';
async function startGateway() {
  const program = spawn(path.join(bin, 'flux-gateway'), [`--listen=${listen}`, '--admin-listen=127.0.0.1:0', `--service=${service}`,
    '--rate-limit-per-minute=0'], {env: {}, stdio: ['ignore', 'ignore', 'pipe']});
  let said = '';
  listen = await new Promise((resolve, reject) => {
    program.stderr.on('data', (text) => {
      said += text;
      const found = /"event":"listening","name":"http","address":"([^"]+)"/.exec(said);
      if (found) resolve(found[1]);
    });
    program.on('exit', (code) => reject(new Error(`flux-gateway ended with ${code}:\n${said}`)));
  });
  return program;
}

async function stop(program) {
  program.removeAllListeners('exit');
  const ended = new Promise((resolve) => program.on('exit', resolve));
  program.kill('SIGTERM');
  await ended;
}

let gateway = await startGateway();
const browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox']});
try {
  const page = await browser.newPage();
  await page.goto(`http://${listen}/docs`);
  // Not before the browser is there, which takes its time on a busy machine.
  const begun = await fetch(`http://${listen}/api/v1/flux/text-to-image/dev`, {method: 'POST',
    headers: {'Content-Type': 'application/json', Prefer: 'respond-async'}, body: JSON.stringify({prompt: 'sim:slow=6000'})});
  assert.strictEqual(begun.status, 202, await begun.text());
  await page.evaluate((path) => {
    window.told = [];
    window.opened = 0;
    const source = new EventSource(path);
    source.onopen = () => { ++window.opened; };
    for (const name of ['status', 'log', 'result', 'error']) {
      // What the browser itself calls an error has no data.
      source.addEventListener(name, ({data, lastEventId}) => { if (data) window.told.push({name, data: JSON.parse(data), lastEventId}); });
    }
    window.source = source;
  }, begun.headers.get('Location'));
  // Lines of the log that were there before may come first.
  await page.waitForFunction(() => window.told.some(({name}) => name === 'status'));
  assert.deepStrictEqual((await page.evaluate(() => window.told)).filter(({name}) => !['log', 'status'].includes(name)), []);
  await stop(gateway);
  gateway = await startGateway();
  await page.waitForFunction(() => window.told.some(({name}) => name === 'result'), undefined, {timeout: 60_000});
  const told = await page.evaluate(() => window.told);
  assert.deepStrictEqual(told.filter(({name}) => name === 'error'), []);
  assert.ok(await page.evaluate(() => window.opened) >= 2, 'it has come again');
  const {data, lastEventId} = told.at(-1);
  assert.match(data.data.images[0].url, /^http/);
  assert.strictEqual(lastEventId.endsWith('.end'), true);
  // The page does not close it: the server says that there is no more, and the browser gives up.
  await page.waitForFunction(() => window.source.readyState === EventSource.CLOSED, undefined, {timeout: 30_000});
  assert.strictEqual((await page.evaluate(() => window.told)).filter(({name}) => name === 'result').length, 1);
} finally {
  await browser.close();
  await stop(gateway);
}
