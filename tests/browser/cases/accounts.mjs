// API keys, budgets, and what is kept of a key.
import assert from 'node:assert';
import {eventually, fill, hasModels, make, open} from '../page.mjs';
import {KEYS} from '../stack.mjs';

async function enter(page, key, {keep = false, says = /./} = {}) {
  await page.click('#account');
  await page.fill('#key', key);
  await page.setChecked('#keep', keep);
  await page.getByRole('button', {name: 'Use it'}).click();
  await eventually(async () => says.test(await page.textContent('#usage')), `the usage of ${says}`);
}

export const accounts = {
  async 'a key is refused, another is taken'({browser, stack}) {
    const {page, said} = await open(browser, stack.keyed.url, {refusals: true});
    await page.waitForSelector('.failure[data-code=UNAUTHENTICATED]');
    assert.match(await page.locator('.failure').textContent(), /Key and budget/);
    await enter(page, 'no key of theirs');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.failure[data-code=UNAUTHENTICATED]');
    await enter(page, KEYS.rich, {says: /rich.*of \$5\.00 left/});
    await hasModels(page);
    assert.strictEqual(await page.locator('#usage meter').count(), 1);
    await page.keyboard.press('Escape');
    await fill(page, {model: 'text-to-image/schnell', prompt: 'of the rich'});
    await make(page);
    await page.locator('#code summary').click();
    assert.ok(!(await page.content()).includes(KEYS.rich), 'no key in the page');
    // Of this tab only, unless it is asked for.
    assert.deepStrictEqual(await page.evaluate(() => [sessionStorage.getItem('flux.key') !== null, localStorage.getItem('flux.key')]), [true, null]);
    await enter(page, KEYS.rich, {keep: true, says: /rich/});
    assert.strictEqual(await page.evaluate(() => localStorage.getItem('flux.key')), KEYS.rich);
    await page.getByRole('button', {name: 'Forget it'}).click();
    assert.deepStrictEqual(await page.evaluate(() => [sessionStorage.getItem('flux.key'), localStorage.getItem('flux.key')]), [null, null]);
    assert.deepStrictEqual(said, []);
  },

  async 'the budget is gone'({browser, stack}) {
    const {page, said} = await open(browser, stack.keyed.url, {refusals: true});
    await page.waitForSelector('.failure');
    await enter(page, KEYS.poor);
    await page.keyboard.press('Escape');
    await fill(page, {model: 'text-to-image/dev', prompt: 'of the poor'});
    await page.click('#generate');
    await page.waitForSelector('.failure[data-code=BUDGET_EXCEEDED]');
    assert.match(await page.locator('.failure').textContent(), /nothing was paid.*begins anew/);
    assert.strictEqual((await stack.bought('of the poor')).length, 0);
    assert.deepStrictEqual(said, []);
  },

  async 'another key does not go on with what is not its own'({browser, stack}) {
    const {page, said} = await open(browser, stack.keyed.url, {refusals: true});
    await page.waitForSelector('.failure');
    await enter(page, KEYS.rich);
    await page.keyboard.press('Escape');
    await fill(page, {model: 'text-to-image/schnell', prompt: 'not yours sim:slow=2500'});
    await page.click('#generate');
    await page.waitForSelector('.running #cancel:enabled');
    await page.evaluate((key) => sessionStorage.setItem('flux.key', key), KEYS.poor);
    await page.reload();
    await hasModels(page);
    assert.strictEqual(await page.locator('.running').count(), 0);
    await enter(page, KEYS.rich);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.made');
    assert.strictEqual((await stack.bought('not yours')).length, 1);
    assert.deepStrictEqual(said, []);
  },
};
