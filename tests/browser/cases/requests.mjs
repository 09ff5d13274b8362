// Making pictures: the first one, one of each kind of model, wrong input, and the request as a program.
import assert from 'node:assert';
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {eventually, fill, hasModels, make, open, picture} from '../page.mjs';

const run = promisify(execFile);

export const requests = {
  async 'first picture'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await hasModels(page);
    assert.match(await page.locator('#money').textContent(), /nothing is spent/);
    // The price is there before anything is written, and follows the form.
    await page.waitForFunction(() => document.querySelector('#price').textContent.includes('$0.025'));
    await page.fill('#num_images', '2');
    await page.waitForFunction(() => document.querySelector('#price').textContent.includes('$0.05'));
    await page.fill('#num_images', '');
    await page.fill('#prompt', 'first picture of a lighthouse');
    const key = await make(page);
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.ok(await page.locator('.picture img').evaluate((image) => image.naturalWidth > 0), 'the picture is shown');
    for (const word of ['Seed', 'Model', 'Time', 'Price', '$0.025', 'text-to-image/dev']) assert.ok((await page.locator('.made').textContent()).includes(word), word);
    assert.ok((await page.locator('.legend li').count()) >= 4, 'the time is split');
    await page.locator('.made details summary').click();
    assert.match(await page.locator('.made details').textContent(), new RegExp(`Job[0-9a-f]{32}.*${key}`));
    assert.strictEqual((await stack.bought('first picture')).length, 1);
    // Full size, download, again with the same seed.
    await page.locator('.picture').click();
    await page.waitForSelector('dialog[open] img');
    await page.keyboard.press('Escape');
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name: 'Download'}).click()]);
    assert.match(file.suggestedFilename(), /^flux-\d+-1\.(jpg|png)$/);
    const seed = await page.locator('.made .facts code').first().textContent();
    await page.getByRole('button', {name: 'Again with this seed'}).click();
    await page.waitForFunction((before) => document.querySelector('.made') && document.querySelector('.made').dataset.key !== before, key);
    const bought = await stack.bought('first picture');
    assert.deepStrictEqual(bought.map((each) => String(each.seed)), [seed, seed]);
    // Kept, opened again, exported, forgotten.
    await page.waitForSelector('#history-list li:nth-child(2)');
    await page.reload();
    await page.locator('#history-list button').last().click();
    assert.strictEqual(await page.locator('.made').getAttribute('data-key'), key);
    const [exported] = await Promise.all([page.waitForEvent('download'), page.click('#export')]);
    assert.strictEqual(exported.suggestedFilename(), 'flux-history.json');
    page.once('dialog', (dialog) => dialog.accept());
    await page.click('#clear');
    await page.waitForSelector('#history-empty:not([hidden])');
    assert.deepStrictEqual(said, []);
  },

  async 'each kind of model'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'image-to-image', prompt: 'kind: variation'});
    await page.setInputFiles('#image_url-file', await picture(page, 'red.png', '#c00'));
    await page.waitForSelector('.pictures img');
    await page.locator('[data-name=strength] input[type=range]').fill('0.4');
    await make(page);
    const [variation] = await stack.asked('kind: variation');
    assert.strictEqual(variation.body.strength, 0.4);
    assert.match(variation.body.image_url, /^data:image\/png/);
    // Before and after, over each other.
    const compare = page.locator('.compare');
    await page.getByLabel('Compare before and after').fill('80');
    assert.strictEqual(await compare.evaluate((box) => box.style.getPropertyValue('--at')), '80%');

    // Several pictures, put in order by keyboard.
    await fill(page, {model: 'edit/flux-2', prompt: 'kind: edit'});
    await page.setInputFiles('#image_urls-file', [await picture(page, 'green.png', '#0a0', 80, 60), await picture(page, 'blue.png', '#00c', 64, 64)]);
    await page.waitForSelector('.pictures li:nth-child(2)');
    await page.getByRole('button', {name: 'Move picture 2 forward'}).focus();
    await page.keyboard.press('Enter');
    assert.match(await page.locator('.pictures li').first().textContent(), /64 × 64/);
    await page.getByLabel('URL of a picture').fill('https://example.com/third.png');
    await page.keyboard.press('Enter');
    assert.strictEqual(await page.locator('.pictures li').count(), 3);
    await page.getByRole('button', {name: 'Remove picture 3'}).click();
    await make(page);
    assert.strictEqual((await stack.asked('kind: edit'))[0].body.image_urls.length, 2);
    // What was made can be edited further.
    await page.getByRole('button', {name: 'Edit this one'}).click();
    assert.strictEqual(await page.inputValue('#model'), 'edit/flux-2');
    assert.strictEqual(await page.locator('.pictures li').count(), 1);

    await fill(page, {model: 'text-to-image/flux-2-pro', prompt: 'kind: two purchases'});
    await page.fill('#num_images', '2');
    await page.check('#split_images');
    await make(page);
    assert.strictEqual(await page.locator('.made figure').count(), 2);
    assert.strictEqual((await stack.bought('kind: two purchases')).length, 2);
    assert.deepStrictEqual(said, []);
  },

  async 'sizes, seeds and folded settings'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'text-to-image/dev', prompt: 'settings'});
    await page.locator('#aspect_ratio input[value=own]').check();
    await page.getByLabel('Width').fill('640');
    await page.getByLabel('Height').fill('384');
    await page.getByRole('button', {name: 'Throw a seed'}).click();
    const seed = await page.inputValue('#seed');
    await page.locator('#more summary').click();
    await page.selectOption('#output_format', 'png');
    await page.uncheck('#enable_safety_checker');
    await page.locator('[data-name=guidance_scale] input[type=range]').fill('7');
    await make(page);
    const {body} = (await stack.asked('settings'))[0];
    assert.deepStrictEqual([body.image_size, String(body.seed), body.output_format, body.enable_safety_checker, body.guidance_scale],
        [{width: 640, height: 384}, seed, 'png', false, 7]);
    assert.match(await page.locator('.made').textContent(), /640 × 384/);
    assert.deepStrictEqual(said, []);
  },

  async 'wrong input is told at the field'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url, {refusals: true});
    await fill(page, {model: 'text-to-image/schnell'});
    // While it is written, before anything is sent; in the server's words.
    await page.locator('#more summary').click();
    await page.fill('#num_inference_steps', '99');
    await page.waitForSelector('#wrong-num_inference_steps:not([hidden])');
    assert.match(await page.textContent('#wrong-num_inference_steps'), /must be .*1.*12/);
    assert.strictEqual(await page.getAttribute('#num_inference_steps', 'aria-invalid'), 'true');
    assert.ok(await page.isHidden('#wrong-prompt'), 'nobody has come to the prompt yet');
    await page.fill('#num_inference_steps', '');
    // What is missing is told when it is to be sent, and the field is gone to.
    await page.click('#generate');
    await page.waitForSelector('#wrong-prompt:not([hidden])');
    assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'prompt');
    await page.fill('#prompt', 'wrong input');
    await page.fill('#seed', 'abc');
    await page.click('#generate');
    await page.waitForSelector('#wrong-seed:not([hidden])');
    assert.strictEqual((await stack.asked('wrong input')).length, 0, 'nothing is sent');
    await page.fill('#seed', '7');
    await make(page);
    assert.deepStrictEqual(said, []);
  },

  async 'the request as a program'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'text-to-image/schnell', prompt: "a sailor's \"program\" `x` $HOME"});
    await make(page);
    await page.locator('#code summary').click();
    const code = page.locator('#code pre');
    const shown = {};
    for (const name of ['curl', 'JavaScript', 'Python', 'grpcurl', 'OpenAI SDK']) {
      await page.locator('#code').getByLabel(name, {exact: true}).check();
      shown[name] = await code.textContent();
      assert.ok(shown[name].includes('schnell') && shown[name].includes('program'), name);
    }
    assert.match(shown.grpcurl, /flux\.v1\.FluxService\/TextToImage/);
    // Run as they are, they bring the same picture: the key that was used goes along.
    const env = {...process.env, FLUX_API_KEY: 'none'};
    const {stdout} = await run('bash', ['-c', shown.curl], {env, maxBuffer: 1 << 26});
    assert.ok(JSON.parse(stdout).data.images[0].url.startsWith('data:image/'));
    for (const [command, flag, name] of [[process.execPath, '--input-type=module', 'JavaScript'], ['/usr/bin/python3', '', 'Python']]) {
      const flags = flag ? [flag, '-e', shown[name]] : ['-c', shown[name]];
      assert.match((await run(command, flags, {env})).stdout, /data:image/, name);
    }
    assert.strictEqual((await stack.bought("a sailor's")).length, 1, 'the programs bought nothing');
    await eventually(async () => (await code.textContent()) === shown['OpenAI SDK'], 'the program stays');
    assert.deepStrictEqual(said, []);
  },
};
