// Pictures in: pasted, dropped, and masks drawn on them, whose bytes are looked at where they arrive.
import assert from 'node:assert';
import {fill, make, open, picture} from '../page.mjs';

// Colors of a PNG or JPEG (a data URI) at these points, as the browser decodes it; with its size.
async function pixels(page, uri, points) {
  return page.evaluate(async ([source, at]) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: image.naturalWidth, height: image.naturalHeight});
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    const levels = new Set();
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) levels.add(data[i]);
    return {size: [canvas.width, canvas.height], levels: [...levels].sort(), at: at.map(([x, y]) => context.getImageData(x, y, 1, 1).data[0])};
  }, [uri, points]);
}

async function withPicture(browser, stack, prompt) {
  const opened = await open(browser, stack.open.url);
  await fill(opened.page, {model: 'inpainting', prompt});
  await opened.page.setInputFiles('#image_url-file', await picture(opened.page, 'grey.png', '#888', 320, 200));
  await opened.page.waitForSelector('.mask canvas');
  return opened;
}

export const pictures = {
  async 'a mask drawn with the mouse'({browser, stack}) {
    const {page, said} = await withPicture(browser, stack, 'mask by mouse');
    const box = await page.locator('.mask canvas').boundingBox();
    const at = (x, y) => [box.x + x / 320 * box.width, box.y + y / 200 * box.height];
    const stroke = async (from, to) => {
      await page.mouse.move(...at(...from));
      await page.mouse.down();
      await page.mouse.move(...at(...to), {steps: 8});
      await page.mouse.up();
    };
    await page.locator('.mask canvas').scrollIntoViewIfNeeded();
    Object.assign(box, await page.locator('.mask canvas').boundingBox());
    await page.locator('.tools input[type=range]').fill('40');
    await stroke([60, 100], [260, 100]);
    await stroke([20, 20], [300, 20]);
    await page.getByRole('button', {name: 'Undo'}).click();  // the second
    await page.getByRole('button', {name: 'Eraser'}).click();
    await stroke([160, 80], [160, 120]);
    await make(page);
    const {body} = (await stack.asked('mask by mouse'))[0];
    const seen = await pixels(page, body.mask_url, [[80, 100], [240, 100], [160, 100], [160, 20], [80, 160]]);
    assert.deepStrictEqual(seen, {size: [320, 200], levels: [0, 255], at: [255, 255, 0, 0, 0]});
    assert.deepStrictEqual(said, []);
  },

  async 'a mask drawn by keyboard, zoomed and inverted'({browser, stack}) {
    const {page, said} = await withPicture(browser, stack, 'mask by keyboard');
    const canvas = page.locator('.mask canvas');
    await canvas.focus();
    await page.keyboard.press('Space');  // in the middle
    for (let i = 0; i < 4; ++i) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    const narrow = (await canvas.boundingBox()).width;
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    assert.ok((await canvas.boundingBox()).width > 1.8 * narrow, 'it is zoomed');
    await page.keyboard.press('i');
    await make(page);
    const {body} = (await stack.asked('mask by keyboard'))[0];
    const seen = await pixels(page, body.mask_url, [[170, 100], [20, 20]]);
    assert.deepStrictEqual(seen, {size: [320, 200], levels: [0, 255], at: [0, 255]});
    assert.deepStrictEqual(said, []);
  },

  async 'pasted and dropped'({browser, stack}) {
    const {page, said} = await open(browser, stack.open.url);
    await fill(page, {model: 'edit/flux-2', prompt: 'pasted'});
    const {buffer} = await picture(page, 'x.png', '#0cc');
    const bytes = [...buffer];
    await page.evaluate((data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(data)], 'pasted.png', {type: 'image/png'}));
      document.querySelector('#prompt').dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true}));
    }, bytes);
    await page.waitForSelector('.pictures li');
    await page.evaluate((data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(data)], 'dropped.png', {type: 'image/png'}));
      document.querySelector('.drop').dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }, bytes);
    await page.waitForSelector('.pictures li:nth-child(2)');
    await page.getByRole('button', {name: 'Use a sample'}).click();
    await page.waitForSelector('.pictures li:nth-child(3)');
    // Dragged to the front.
    await page.locator('.pictures li').nth(2).dragTo(page.locator('.pictures li').first());
    assert.match(await page.locator('.pictures li').first().textContent(), /768 × 512/);
    await make(page);
    const {body} = (await stack.asked('pasted'))[0];
    assert.strictEqual(body.image_urls.length, 3);
    assert.strictEqual(Buffer.from(body.image_urls[1].split(',')[1], 'base64').equals(buffer), true, 'bytes arrive as they were');
    assert.deepStrictEqual(said, []);
  },
};
