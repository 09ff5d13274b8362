// How it looks and how soon: narrow and wide, light and dark, each language, by keyboard, for screen readers; its size and its
// first paint. Keeps pictures where PICTURES says so.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {fill, findings, hasModels, make, open} from '../page.mjs';

const SIZES = {phone: {width: 390, height: 844}, tablet: {width: 820, height: 1180}, desk: {width: 1440, height: 900}};

async function keep(page, name, top = true) {
  if (!process.env.PICTURES) return;
  fs.mkdirSync(process.env.PICTURES, {recursive: true});
  await page.evaluate((up) => {
    document.activeElement?.blur();
    if (up) scrollTo(0, 0);
    else document.querySelector('#stage').scrollIntoView();
  }, top);
  await page.screenshot({path: path.join(process.env.PICTURES, `playground-${name}.jpeg`), type: 'jpeg', quality: 80});
}

async function withoutOverflow(page) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(inner <= outer, `the page is ${inner} wide in ${outer}`);
}

export const looks = {
  async 'where it is served'({stack}) {
    const status = async ({url}, at = '/') => (await fetch(url.replace('0.0.0.0', '127.0.0.1') + at)).status;
    assert.strictEqual(await status(stack.open), 200);
    assert.match(await (await fetch(`${stack.open.admin}/metrics`)).text(), /flux_gateway_requests_total\{[^}]*route="\/"/, 'it is counted');
    assert.strictEqual(await status(await stack.gateway({flags: ['--playground=false']})), 404);
    const everywhere = {listen: '0.0.0.0:0', flags: ['--allow-anonymous']};
    assert.strictEqual(await status(await stack.gateway(everywhere)), 404, 'not beyond this machine unless asked for');
    assert.strictEqual(await status(await stack.gateway({...everywhere, flags: [...everywhere.flags, '--playground=true']})), 200);
  },

  async 'size and first paint'({browser, stack}) {
    let best;
    // The best of some: a machine that runs tests is busy with others.
    for (let i = 0; i < 6 && !(best?.paint <= 100); ++i) {
      const {page, said, close} = await open(browser, stack.open.url);
      await hasModels(page);
      const seen = await page.evaluate(() => new Promise((resolve) => {
        let shift = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value; }).observe({type: 'layout-shift', buffered: true});
        const own = performance.getEntriesByType('resource').filter(({name}) => /\/playground\//.test(name));
        setTimeout(() => resolve({shift, files: own.length, paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
          bytes: own.reduce((sum, {decodedBodySize}) => sum + decodedBodySize, performance.getEntriesByType('navigation')[0].decodedBodySize)}), 300);
      }));
      assert.ok(seen.bytes <= 100_000, `${seen.bytes} bytes`);
      assert.ok(seen.shift < 0.001, `layout shift ${seen.shift}`);
      assert.deepStrictEqual(said, []);
      if (!(best?.paint <= seen.paint)) best = seen;
      await close();
    }
    console.log(`      ${best.bytes} bytes in ${best.files + 1} files, first paint after ${Math.round(best.paint)} ms, layout shift ${best.shift}`);
    assert.ok(best.paint <= 1500, `${best.paint} ms`);
  },

  async 'narrow and wide, light and dark'({browser, stack}) {
    await stack.limits({latency_ms: 1200});
    for (const [name, viewport] of Object.entries(SIZES)) {
      const {page, said, close} = await open(browser, stack.open.url, {viewport, bypassCSP: true, colorScheme: name === 'tablet' ? 'dark' : 'light', hasTouch: name !== 'desk'});
      await fill(page, {model: 'text-to-image/flux-2', prompt: 'A lighthouse at dusk, waves, oil painting'});
      assert.deepStrictEqual(await findings(page), [], name);
      await page.fill('#seed', '7');
      await make(page);
      await withoutOverflow(page);
      await page.locator('#code summary').click();
      assert.deepStrictEqual(await findings(page), [], `${name}, made`);
      await page.locator('#code summary').click();
      await keep(page, `${viewport.width}`, name !== 'phone');
      assert.deepStrictEqual(said, []);
      await close();
    }
    await stack.limits({latency_ms: 0});
  },

  async 'a mask, on a dark desk'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {bypassCSP: true, colorScheme: 'dark'});
    await fill(page, {model: 'inpainting', prompt: 'a red armchair'});
    await page.getByRole('button', {name: 'Use a sample'}).click();
    const canvas = page.locator('.mask canvas');
    await canvas.focus();
    for (const key of ['Space', 'ArrowRight', 'ArrowRight', 'Space']) await page.keyboard.press(key);
    await page.locator('#more summary').click();
    assert.deepStrictEqual(await findings(page), []);
    await page.locator('#more summary').click();
    await make(page);
    assert.deepStrictEqual(await findings(page), []);
    await keep(page, 'mask');
    assert.deepStrictEqual(said, []);
  },

  async 'running, failed, and the key, as axe sees them'({browser, stack}) {
    for (const colorScheme of ['light', 'dark']) {
      const {page, close} = await open(browser, stack.open.url, {bypassCSP: true, colorScheme, refusals: true});
      await fill(page, {model: 'edit/flux-2', prompt: 'Make it night'});
      await page.locator('#faults input[value="sim:slow=6000"]').check();
      for (let i = 0; i < 2; ++i) await page.getByRole('button', {name: 'Use a sample'}).click();
      await page.waitForSelector('.pictures li:nth-child(2)');
      await page.click('#generate');
      await page.waitForSelector('.running');
      assert.deepStrictEqual(await findings(page), [], 'running');
      if (colorScheme === 'light') await keep(page, 'job');
      await page.waitForSelector('.made');
      await page.locator('#faults input[value="sim:policy"]').check();
      await page.click('#generate');
      await page.waitForSelector('.failure');
      assert.deepStrictEqual(await findings(page), [], 'failed');
      if (colorScheme === 'light') await keep(page, 'refused');
      await page.click('#account');
      await page.waitForSelector('#usage dl');
      assert.deepStrictEqual(await findings(page), [], 'account');
      await close();
    }
  },

  async 'in Chinese, by the browser and by the switch'({browser, stack}) {
    const {page, said, close} = await open(browser, stack.open.url, {locale: 'zh-CN', viewport: SIZES.phone, colorScheme: 'dark', bypassCSP: true});
    await fill(page, {model: 'text-to-image/schnell', prompt: '黄昏的灯塔，海浪，油画'});
    assert.strictEqual(await page.locator('html').getAttribute('lang'), 'zh-CN');
    assert.strictEqual(await page.textContent('#generate'), '生成');
    // No English sentence is left, but for what the server says and for names.
    const left = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const {parentElement, data} = walker.currentNode;
        if (!parentElement.closest('[lang=en], code, pre, option, noscript, #model-note') && /[a-z]{3}/i.test(data)) found.push(data);
      }
      return found;
    });
    assert.deepStrictEqual(left.filter((text) => !/curl|JavaScript|Python|OpenAI|默认 (jpeg|none)/.test(text)), []);
    await make(page);
    await withoutOverflow(page);
    assert.deepStrictEqual(await findings(page), []);
    await keep(page, 'chinese');
    await page.click('#language');
    assert.strictEqual(await page.textContent('#generate'), 'Generate');
    assert.strictEqual(await page.inputValue('#prompt'), '黄昏的灯塔，海浪，油画', 'what was said stays said');
    await page.reload();
    await hasModels(page);
    assert.strictEqual(await page.textContent('#generate'), 'Generate', 'the switch is remembered');
    assert.deepStrictEqual(said, []);
    await close();
  },

  async 'by keyboard alone'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {reducedMotion: 'reduce'});
    await hasModels(page);
    await page.keyboard.press('Tab');
    assert.strictEqual(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'model');
    await page.keyboard.press('Tab');
    await page.keyboard.type('no mouse');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.made');
    assert.strictEqual((await stack.asked('no mouse'))[0].body.image_size, 'square_hd');
    assert.strictEqual(await page.evaluate(() => {
      const spinner = document.body.appendChild(Object.assign(document.createElement('span'), {className: 'spinner'}));
      return getComputedStyle(spinner).animationName;
    }), 'none');
    assert.deepStrictEqual(said, []);
  },
};
