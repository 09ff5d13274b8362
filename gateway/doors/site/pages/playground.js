// The page: which model, what it costs, one purchase after another, and what earlier pages left behind.
import {openAccount, usage} from './account.js';
import {Refusal, ask, origin} from './api.js';
import {codeTabs} from './code.js';
import {button, byId, dollars, el, say} from './dom.js';
import {Form, OWN} from './form.js';
import {clearHistory, drawHistory, exportHistory} from './history.js';
import * as kept from './kept.js';
import {Purchase} from './purchase.js';
import {drawFailure, drawMade, drawRunning, show} from './result.js';
import {isChinese, switchLanguage, t, translatePage} from './words.js';

const KINDS = {'text-to-image': 'Pictures from text', 'image-to-image': 'Pictures from a picture', inpainting: 'Paint a part anew', edit: 'Edit pictures',
  transform: 'Another picture of one'};
const UNITS = {megapixel: 'a megapixel', image: 'a picture', megapixel_in_out: 'a megapixel, in and out'};
const FAULTS = [['', 'Nothing'], ['sim:slow=6000', 'Slow: 6 seconds'], ['sim:cut', 'Cut in the middle'], ['sim:policy', 'Refused by policy'], ['sim:503', 'Busy: 503']];
const KEPT_MODEL = 'flux.model';

let models = [];
let model;
let simulated = false;
let fault = '';
let shown = null;  // what the stage shows: a purchase, or what was made
let asking = 0;    // number of the estimate that counts
let asker;
let caller;        // as the gateway calls whoever asks here
const running = new Set();  // keys
const form = new Form(estimateSoon);

// The program that is shown: of what is on the stage, else of what the form says.
function shownRequest() {
  const row = shown?.row ?? shown;
  if (row?.body) return {origin, path: row.path, body: row.body, model: row.model, key: row.key};
  return model ? {origin, path: model.endpoint, body: form.body({fault}), model: model.name} : {origin, path: '', body: {}, model: 'text-to-image/dev'};
}
let code = codeTabs(shownRequest);

function price({usd, unit}) {
  return `${dollars(usd)} ${t(UNITS[unit] ?? unit)}`;
}

function drawModels() {
  const groups = Object.entries(KINDS).map(([kind, title]) => {
    const group = el('optgroup', {label: t(title)});
    group.append(...models.filter((each) => each.kind === kind)
        .map((each) => new Option(`${each.name.replace(`${kind}/`, '')} · ${price(each.price)}`, each.name)));
    return group;
  });
  byId('model').replaceChildren(...groups.filter(({children}) => children.length > 0));
  if (model) byId('model').value = model.name;
}

function choose(name) {
  model = models.find((each) => each.name === name) ?? models[0];
  if (!model) return;
  localStorage.setItem(KEPT_MODEL, model.name);
  byId('model').value = model.name;
  byId('model-note').textContent = [model.fal_endpoint, model.deprecated, model.unconfirmed].filter(Boolean).join(' · ');
  form.show(model);
  drawFaults();
  estimateSoon();
}

function drawFaults() {
  const words = form.parameters?.some(({name}) => name === 'prompt');
  byId('faults').hidden = !simulated || !words;
  if (!simulated || !words) fault = '';
  byId('fault-list').replaceChildren(...FAULTS.map(([word, title]) => el('label', {className: 'chip'},
      el('input', {type: 'radio', name: 'fault', value: word, checked: word === fault, onchange: () => { fault = word; code.draw(); }}),
      el('span', {text: t(title)}), word && el('code', {text: word}))));
}

function drawMoney() {
  byId('money').hidden = models.length === 0;
  byId('money').className = `pill ${simulated ? 'free' : 'paid'}`;
  byId('money').textContent = t(simulated ? 'Simulator: nothing is spent' : 'Real pictures, real money');
}

function estimateSoon() {
  clearTimeout(asker);
  asker = setTimeout(() => estimate(false), 200);
  if (!shown?.row || shown.over) code.draw();
}

// Asks for the price, and tells at the fields what is wrong. `whole`: as it would be sent now. Whether it may be sent.
async function estimate(whole) {
  const number = ++asking;
  try {
    const {body} = await ask(model.endpoint.replace('/flux/', '/estimate/'), {method: 'POST', body: form.body({estimate: true, whole})});
    if (number !== asking && !whole) return false;
    form.tell([], whole);
    byId('price').textContent = t('about {price}', {price: dollars(body.price.usd)});
    byId('price').title = body.warnings?.join(' ') ?? '';
    return true;
  } catch (error) {
    if (number !== asking && !whole) return false;
    byId('price').textContent = '';
    if (!(error instanceof Refusal)) return whole;  // without a network nobody knows; the purchase waits for it
    const first = form.tell(error.body.violations ?? [], whole);
    if (whole && first) form.focus(first);
    else if (whole) showFailure({failure: error, row: {}});
    if (first) say(byId(`wrong-${first}`).textContent);
    return false;
  }
}

function before(body) {
  const first = body.image_url ?? body.image_urls?.[0];
  return first?.startsWith('data:') ? first : undefined;
}

async function generate() {
  if (shown?.row && !shown.over) return;
  clearTimeout(asker);
  byId('generate').disabled = true;
  const may = await estimate(true);
  byId('generate').disabled = false;
  if (!may) return;
  const body = form.body({fault});
  run(Purchase.create({path: model.endpoint, body, model: model.name, before: before(body)}, caller));
}

function run(purchase) {
  running.add(purchase.row.key);
  stage(purchase);
  purchase.addEventListener('change', () => {
    if (shown === purchase && !purchase.over) say(byId('shown').querySelector('.state')?.textContent ?? '');
  });
  if (byId('stage').getBoundingClientRect().top > innerHeight / 2) byId('stage').scrollIntoView();
  purchase.run().catch((error) => say(error.message)).finally(() => ended(purchase));
}

async function ended(purchase) {
  running.delete(purchase.row.key);
  if (shown === purchase) {
    byId('generate').disabled = false;
    if (purchase.left) stage(null);
    else if (purchase.failure) showFailure(purchase);
    else stage(purchase.made);
    say(t(purchase.failure ? 'No picture this time' : 'The picture is there'));
  }
  await drawHistory(stage);
}

function showFailure(purchase) {
  shown = purchase.row.body ? purchase : null;
  const {violations} = purchase.failure.body;
  if (violations) form.tell(violations, true);
  show(drawFailure(purchase, {onAgain: () => { fault = ''; drawFaults(); form.set('prompt', form.values.prompt); generate(); }, onKey: account}));
}

// Shows a purchase that runs, what was made, or nothing.
function stage(what) {
  shown = what;
  byId('generate').disabled = Boolean(what?.row && !what.over) || models.length === 0;
  if (!what) show(el('div', {className: 'empty'}, el('p', {text: t('Your picture will be here.')})));
  else if (what.row) show(drawRunning(what, () => what.cancel(), () => what.leave()));
  else show(drawMade(what, {again, edit, canEdit: models.some(({kind}) => kind === 'edit')}));
  code.draw();
}

// The form as it was for this picture, sent once more: with its seed, or another.
function again(made, seed) {
  const body = {...made.body};
  const word = FAULTS.map(([each]) => each).find((each) => each && body.prompt?.endsWith(each));
  if (word) body.prompt = body.prompt.slice(0, -word.length).trim();
  delete body.seed;
  if (seed !== undefined) body.seed = String(seed);
  fill(made.model, body);
  generate();
}

function fill(name, body) {
  const pictures = (value) => [value].flat().map((uri) => ({value: uri, name: t('picture')}));
  form.values = Object.fromEntries(Object.entries(body).filter(([key]) => !OWN.includes(key)).map(([key, value]) =>
    [key, /image_urls?$/.test(key) ? pictures(value) : typeof value === 'object' && key !== 'aspect_ratio' ? JSON.stringify(value) : value]));
  if (body.mask_url) form.strokes = {list: [], of: [body.image_url].flat()[0]};
  choose(name);
}

function edit(made, index) {
  const target = model.kind === 'edit' ? model.name : models.find(({kind}) => kind === 'edit').name;
  form.touched.clear();
  fill(target, {image_urls: [made.images[index].url]});
  byId('prompt')?.focus();
}

function account() {
  openAccount(start);
}

// Purchases that an earlier page began, as far as they are this caller's: another's key would buy them anew.
async function resume() {
  const mine = (await kept.all('pending').catch(() => [])).filter((row) => !running.has(row.key) && row.caller === caller && (row.job || caller));
  for (const row of mine.reverse()) run(Purchase.resume(row));
}

async function start() {
  try {
    const {body} = await ask('/api/v1/models');
    ({models, simulated} = body);
    form.simulated = simulated;
    caller = (await usage())?.caller;
    drawModels();
    drawMoney();
    choose(model?.name ?? localStorage.getItem(KEPT_MODEL) ?? models[0]?.name);
    if (!shown || !shown.row) stage(shown?.failure ? null : shown);
    await resume();
  } catch (error) {
    models = [];
    drawMoney();
    byId('generate').disabled = true;
    byId('price').textContent = '';
    if (error instanceof Refusal) showFailure({failure: error, row: {}});
    else {
      show(el('div', {className: 'failure'}, el('h3', {text: t('The gateway cannot be reached')}), button(t('Try again'), start, {className: 'main'})));
      addEventListener('online', start, {once: true});
    }
  }
}

function drawLanguage() {
  const other = byId('language');
  other.textContent = isChinese() ? 'English' : '中文';
  other.lang = isChinese() ? 'en' : 'zh';
}

document.addEventListener('language', () => {
  drawLanguage();
  drawModels();
  drawMoney();
  if (model) choose(model.name);
  code = codeTabs(shownRequest);
  byId('code-body').replaceChildren(code.element);
  if (!shown?.failure) stage(shown);
  else showFailure(shown);
  drawHistory(stage);
});

document.addEventListener('paste', (event) => {
  const files = [...event.clipboardData.files].filter(({type}) => type.startsWith('image/'));
  const zone = document.activeElement?.closest('.drop') ?? document.querySelector('#fields .drop');
  if (files.length === 0 || !zone) return;
  event.preventDefault();
  zone.take(files);
});
byId('model').addEventListener('change', (event) => choose(event.target.value));
byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  generate();
});
byId('form').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) generate();
});
byId('language').addEventListener('click', switchLanguage);
byId('account').addEventListener('click', account);
byId('export').addEventListener('click', exportHistory);
byId('clear').addEventListener('click', async () => {
  if (await clearHistory()) drawHistory(stage);
});

byId('code-body').append(code.element);
translatePage();
drawLanguage();
start();
drawHistory(stage);
