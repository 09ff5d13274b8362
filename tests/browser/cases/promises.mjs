// The promises: a job shows its progress and can be ended; whatever breaks, the picture comes back and is bought once.
import assert from 'node:assert';
import {eventually, fill, hasModels, make, open} from '../page.mjs';

const fault = (page, word) => page.locator(`#faults input[value="${word}"]`).check();

export const promises = {
  async 'a job with its progress'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'text-to-image/schnell', prompt: 'progress sim:slow=1500'});
    await page.click('#generate');
    await page.waitForSelector('.running');
    assert.match(await page.locator('.running').textContent(), /paid once/);
    await page.waitForFunction(() => /Being made/.test(document.querySelector('.running .state')?.textContent));
    await page.waitForFunction(() => /\d s/.test(document.querySelector('.running .clock')?.textContent ?? ''));
    assert.match(await page.locator('#say').textContent(), /./, 'screen readers are told');
    assert.ok(await page.locator('#generate').isDisabled(), 'one at a time');
    await page.waitForSelector('.made');
    assert.deepStrictEqual(said, []);
  },

  async 'reload in the middle'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'text-to-image/schnell', prompt: 'reload sim:slow=2000'});
    await page.click('#generate');
    await eventually(async () => (await stack.asked('reload')).length > 0, 'it is on its way');
    const key = await page.locator('.running code').textContent();
    await page.reload();
    await page.waitForSelector('.running');
    assert.match(await page.locator('.running').textContent(), /goes on after the reload/);
    await page.waitForSelector('.made');
    assert.strictEqual(await page.locator('.made').getAttribute('data-key'), key);
    assert.match(await page.locator('.proof').textContent(), /paid once/);
    assert.strictEqual((await stack.bought('reload')).length, 1, 'bought once');
    await page.reload();
    await hasModels(page);
    assert.strictEqual(await page.locator('.running').count(), 0, 'it is over');
    assert.deepStrictEqual(said, []);
  },

  async 'network cut and back'({browser, stack}) {
    const {page, said} = await open(browser, stack.cable.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: 'cable sim:slow=1500'});
    await page.click('#generate');
    await eventually(async () => (await stack.asked('cable')).length > 0, 'it is on its way');
    stack.cable.cut();
    await page.waitForSelector('.running[data-state=lost]');
    await eventually(async () => (await stack.bought('cable')).length > 0, 'it is made meanwhile');
    stack.cable.mend();
    await page.waitForSelector('.made');
    assert.match(await page.locator('.proof').textContent(), /lost and back/);
    assert.strictEqual((await stack.bought('cable')).length, 1, 'bought once');
    assert.deepStrictEqual(said, []);
  },

  async 'network away from the beginning'({browser, stack}) {
    const {page, said} = await open(browser, stack.cable.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: 'away'});
    stack.cable.cut();
    await page.click('#generate');
    await page.waitForSelector('.running[data-state=lost]');
    stack.cable.mend();
    await page.waitForSelector('.made');
    assert.strictEqual((await stack.bought('away')).length, 1, 'bought once');
    assert.deepStrictEqual(said, []);
  },

  async 'cancelled'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: 'cancelled sim:hang=20000'});
    await page.click('#generate');
    await eventually(async () => (await stack.asked('cancelled')).length > 0, 'it is on its way');
    await page.click('#cancel');
    await page.waitForSelector('.failure[data-code=CANCELLED]');
    // What had begun may be billed; the page says what the service says, and the simulator has no more than that one on its bill.
    assert.match(await page.locator('.failure').textContent(), /Was it paid\?/);
    assert.ok((await stack.bought('cancelled')).length <= 1);
    assert.ok(await page.locator('#generate').isEnabled());
    assert.deepStrictEqual(said, []);
  },

  async 'refused by policy'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {refusals: true});
    await fill(page, {model: 'text-to-image/dev', prompt: 'policy'});
    await fault(page, 'sim:policy');
    await page.click('#generate');
    await page.waitForSelector('.failure[data-code=CONTENT_POLICY]');
    assert.match(await page.locator('.failure').textContent(), /Was it paid\?.*What to do.*Say it differently/);
    await fault(page, '');
    await make(page);
    assert.deepStrictEqual(said, []);
  },

  async 'the answer is cut in the middle'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: 'broken off'});
    await fault(page, 'sim:cut');
    await page.click('#generate');
    // Through fal's queue nothing is lost: the result is asked for again.
    await page.waitForSelector('.made, .failure');
    assert.ok((await stack.bought('broken off')).length <= 1, 'never twice');
    assert.strictEqual(await page.locator('.made').count(), (await stack.bought('broken off')).length);
    assert.deepStrictEqual(said, []);
  },

  async 'busy, then tried again'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: 'busy'});
    await fault(page, 'sim:503');
    await page.click('#generate');
    await page.waitForSelector('.failure');
    assert.match(await page.locator('.failure').textContent(), /nothing was paid/);
    await page.locator('.failure .main').click();  // without the fault
    await page.waitForSelector('.made');
    assert.strictEqual((await stack.bought('busy')).length, 1);
    assert.deepStrictEqual(said, []);
  },

  async 'with no simulator there are no faults'({browser, stack}) {
    const {page, said} = await open(browser, stack.real.url);
    await hasModels(page);
    assert.match(await page.locator('#money').textContent(), /real money/);
    assert.ok(await page.locator('#faults').isHidden());
    assert.deepStrictEqual(said, []);
  },
};
