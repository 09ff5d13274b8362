// The form of one model, made of what /api/v1/models tells of its parameters; and the request that it says.
import {byId, button, el} from './dom.js';
import {maskEditor, stepOf} from './mask.js';
import {pictureList} from './pictures.js';
import {t} from './words.js';

const NAMES = {
  prompt: 'What to draw', negative_prompt: 'What not to draw', image_url: 'Picture', image_urls: 'Pictures', mask_url: 'Mask',
  reference_image_url: 'Reference picture', aspect_ratio: 'Size', resolution: 'Resolution', num_images: 'How many', num_inference_steps: 'Steps',
  guidance_scale: 'Guidance', seed: 'Seed', strength: 'Strength', output_format: 'File format', acceleration: 'Acceleration',
  enable_safety_checker: 'Safety checker', safety_tolerance: 'Safety tolerance', enhance_prompt: 'Enhance the prompt', raw: 'Less processed',
  image_prompt_strength: 'Weight of the picture', loras: 'LoRA weights', split_images: 'One purchase for each picture',
};
const FIRST = ['prompt', 'image_url', 'image_urls', 'mask_url', 'reference_image_url', 'strength', 'aspect_ratio', 'resolution', 'num_images', 'seed'];
// How pictures travel is this page's affair: it asks for their bytes, so that it needs no other host and can keep them. fal's are
// fetched by the service; the simulator sends them along, since its host may be known to the browser alone.
export const OWN = ['sync_mode', 'fetch_images'];
const PRESETS = {square_hd: '1:1', square: '1:1', portrait_4_3: '3:4', portrait_16_9: '9:16', landscape_4_3: '4:3', landscape_16_9: '16:9'};
const PIXELS = {square_hd: '1024²', square: '512²'};
const RATIOS = ['21:9', '16:9', '4:3', '3:2', '1:1', '2:3', '3:4', '9:16', '9:21'];
const JSON_HINTS = {loras: '[{"path": "https://…", "scale": 1}]', objects: '[{…}]', object: '{…}'};
// Stands for a picture that is still to come while only a price is asked for: black, and as large as the most demanding model wants.
const STAND_IN = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAQAAAAEAAQAAAAB0CZXLAAAAH0lEQVR42u3BAQ0AAADCoPdPbQ43oAAAAAAAAAAAvg0hAAABYOSdlwAAAABJRU5ErkJggg==';
const HEAD = 4 * 16384;
// As much of a picture as tells its size, and so what it costs.
const headOf = (uri) => uri.slice(0, uri.indexOf(',') + 1 + HEAD);

export const labelOf = (name) => (NAMES[name] ? t(NAMES[name]) : name);

export class Form {
  // `onChange` is called after each change by hand.
  constructor(onChange) {
    this.simulated = false;
    this.onChange = onChange;
    this.values = {};     // by parameter; what is not set is left to the model
    this.touched = new Set();
    this.strokes = {list: [], of: ''};  // of the mask, and the picture it is drawn on
  }

  // Draws the form of another model; what was said stays said where the model knows it.
  show(model) {
    this.model = model;
    this.parameters = model.parameters.filter(({name, type, allowed}) =>
      !OWN.includes(name) && !(name === 'safety_tolerance' && !allowed && type !== 'integer') && !(name === 'split_images' && model.max_images > 1) && type);
    this.redraw();
  }

  redraw() {
    const known = this.parameters.map(({name}) => name);
    const main = FIRST.filter((name) => known.includes(name));
    if (known.includes('split_images')) main.push('split_images');
    const draw = (name) => this.field(this.parameters.find((each) => each.name === name));
    const rest = known.filter((name) => !main.includes(name));
    const more = el('details', {id: 'more', open: byId('more')?.open}, el('summary', {text: t('More settings')}), rest.map(draw));
    byId('fields').replaceChildren(...main.map(draw), ...(rest.length > 0 ? [more] : []));
  }

  set(name, value) {
    if (value === undefined || value === '') delete this.values[name];
    else this.values[name] = value;
    this.touched.add(name);
    this.onChange();
  }

  field(parameter) {
    const {name, required} = parameter;
    const wrong = el('p', {className: 'wrong', id: `wrong-${name}`, lang: 'en', hidden: true});
    const content = this.control(parameter);
    const label = content.group ?
      el('span', {className: 'label', id: `label-${name}`, text: labelOf(name)}) : el('label', {className: 'label', htmlFor: name, text: labelOf(name)});
    if (!required && parameter.default !== undefined && content.tells !== false) {
      label.append(el('span', {className: 'hint', text: ` ${t('default {value}', {value: parameter.default})}`}));
    }
    const control = content.element ?? content;
    for (const each of [control, ...control.querySelectorAll('input, select, textarea')]) each.setAttribute('aria-describedby', wrong.id);
    return el('div', {className: `field ${content.wide ? '' : content.className ?? ''}`, 'data-name': name}, label, control, wrong);
  }

  control(parameter) {
    const {name, type} = parameter;
    if (name === 'prompt' || name === 'negative_prompt') return this.text(parameter);
    if (name === 'mask_url') return {group: true, element: this.mask()};
    if (type === 'image' || type === 'images' || /image_url$/.test(name)) return {group: true, element: this.pictures(parameter)};
    if (type === 'image_size') return {group: true, tells: false, element: this.size(parameter)};
    if (name === 'seed') return this.seed();
    if (type === 'boolean') return this.check(parameter);
    if (parameter.allowed) return this.choice(parameter);
    if ((type === 'integer' || type === 'number') && parameter.maximum !== undefined) return this.range(parameter);
    return this.plain(parameter);
  }

  text({name, required}) {
    return el('textarea', {id: name, rows: name === 'prompt' ? 3 : 2, value: this.values[name] ?? '', 'aria-required': required && 'true',
      maxLength: 32768, placeholder: name === 'prompt' ? t('A lighthouse at dusk, waves, oil painting') : '',
      oninput: (event) => this.set(name, event.target.value)});
  }

  pictures({name, type, maximum}) {
    const list = this.values[name] ??= [];
    return pictureList({id: name, label: labelOf(name), list, most: type === 'images' ? maximum ?? 8 : 1, onChange: () => {
      this.touched.add(name);
      if (name === 'image_url' && byId('mask_url')) this.drawMask();
      this.onChange();
    }});
  }

  mask() {
    const place = el('div', {id: 'mask_url', role: 'group', 'aria-labelledby': 'label-mask_url', tabIndex: -1});
    queueMicrotask(() => this.drawMask());
    return place;
  }

  // Shows the editor on the picture that is there now.
  async drawMask() {
    const place = byId('mask_url');
    const picture = this.values.image_url?.[0]?.value ?? '';
    if (!picture.startsWith('data:')) {
      this.strokes = {list: [], of: ''};
      if (typeof this.values.mask_url === 'string' && this.values.mask_url.startsWith('data:')) delete this.values.mask_url;
      const url = el('input', {type: 'url', placeholder: 'https://…', value: this.values.mask_url ?? '', 'aria-label': t('URL of the mask'),
        oninput: (event) => this.set('mask_url', event.target.value.trim())});
      place.replaceChildren(el('p', {className: 'hint', text: t(picture ?
        'A URL is not loaded here. Choose the file to draw on it, or name the mask.' :
        'Choose a picture first; then paint on it what is to be made anew.')}), ...(picture ? [url] : []));
      return;
    }
    if (this.strokes.of !== picture) {
      this.strokes = {list: [], of: picture};
      delete this.values.mask_url;
    }
    const {list} = this.strokes;
    try {
      if (list.length === 0 && this.values.mask_url) list.push(await stepOf(this.values.mask_url));
      const editor = await maskEditor(picture, list, (uri) => this.set('mask_url', uri));
      if (this.strokes.list === list) place.replaceChildren(editor.element);
    } catch {
      place.replaceChildren(el('p', {className: 'hint', text: t('This browser cannot show the picture.')}));
    }
  }

  size({name, allowed, minimum, maximum, default: usual}) {
    const named = allowed?.some((value) => value in PRESETS);
    const list = [...new Set([...(allowed ?? RATIOS), ...(named ? ['21:9', '3:2', '2:3'] : [])])];
    const own = minimum !== undefined;  // exact sides are taken
    const current = this.values[name];
    const exact = typeof current === 'object';
    const choices = ['', ...list, ...(own ? ['own'] : [])].map((value) => {
      const ratio = PRESETS[value] ?? (value === '' ? PRESETS[usual] ?? usual ?? '' : value);
      const [w, h] = /^\d+:\d+$/.test(ratio) ? ratio.split(':').map(Number) : [1, 1];
      const shape = el('span', {className: `shape${/:/.test(ratio) ? '' : ' open'}`, style: {width: `${26 * Math.min(1, w / h)}px`, height: `${26 * Math.min(1, h / w)}px`}});
      const title = value === '' ? t('Default') : value === 'own' ? t('Exact') : PIXELS[value] ?? PRESETS[value] ?? t(value);
      const input = el('input', {type: 'radio', name: 'size', value, checked: exact ? value === 'own' : value === (current ?? ''), onchange: () => {
        sides.hidden = value !== 'own';
        this.set(name, value === 'own' ? read() : value);
      }});
      return el('label', {className: 'chip'}, input, el('span', {className: 'shape-box'}, shape), el('span', {text: title}));
    });
    const side = (word, start) => el('input', {type: 'number', value: exact ? current[word] : start, 'aria-label': t(word === 'width' ? 'Width' : 'Height'),
      min: minimum, max: maximum, oninput: () => this.set(name, read())});
    const width = side('width', 1024);
    const height = side('height', 768);
    const read = () => ({width: width.valueAsNumber || 0, height: height.valueAsNumber || 0});
    const sides = el('div', {className: 'row sides', hidden: !exact}, width, '×', height, el('span', {className: 'hint', text: t('pixels')}));
    return el('div', {id: name, role: 'radiogroup', 'aria-labelledby': `label-${name}`, tabIndex: -1}, el('div', {className: 'chips'}, choices), sides);
  }

  seed() {
    const input = el('input', {id: 'seed', type: 'text', inputMode: 'numeric', value: this.values.seed ?? '', placeholder: t('random'),
      oninput: () => this.set('seed', input.value.trim())});
    const dice = button('⚄', () => {
      input.value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
      this.set('seed', input.value);
    }, {'aria-label': t('Throw a seed'), className: 'dice'});
    return {element: el('div', {className: 'row'}, input, dice)};
  }

  range({name, type, minimum = 0, maximum, default: usual}) {
    const step = type === 'integer' ? 1 : maximum <= 1 ? 0.01 : 0.1;
    const value = this.values[name];
    const number = el('input', {id: name, type: 'text', inputMode: 'decimal', className: 'number', value: value ?? '', placeholder: usual ?? '',
      oninput: () => {
        slider.value = number.value || usual;
        this.set(name, number.value.trim());
      }});
    const slider = el('input', {type: 'range', min: minimum, max: maximum, step, value: value ?? usual ?? minimum, 'aria-label': labelOf(name), oninput: () => {
      number.value = slider.value;
      this.set(name, slider.value);
    }});
    slider.value = value ?? usual ?? minimum;
    return {element: el('div', {className: 'row'}, slider, number)};
  }

  check({name, default: usual}) {
    const input = el('input', {id: name, type: 'checkbox', checked: this.values[name] ?? usual === 'true',
      onchange: () => this.set(name, input.checked)});
    return {element: input, className: 'check', tells: false};
  }

  choice({name, allowed}) {
    const select = el('select', {id: name, onchange: () => this.set(name, select.value)},
        new Option(t('default'), ''), ...allowed.map((value) => new Option(value, value)));
    select.value = this.values[name] ?? '';
    return select;
  }

  // Text, and JSON for what has parts.
  plain({name, type}) {
    return el('input', {id: name, type: 'text', value: this.values[name] ?? '', placeholder: JSON_HINTS[type] ?? '',
      oninput: (event) => this.set(name, event.target.value)});
  }

  // The body of the request. For an estimate, pictures are cut short, and, unless `whole`, stand-ins take the place of what nobody has come to yet.
  body({estimate = false, whole = true, fault = ''} = {}) {
    const body = {};
    for (const {name, type, required} of this.parameters) {
      let value = this.values[name];
      if (Array.isArray(value)) {
        const pictures = value.map((picture) => (estimate && picture.value.startsWith('data:') ? headOf(picture.value) : picture.value));
        value = type === 'images' ? pictures : pictures[0];
        if (pictures.length === 0) value = undefined;
      } else if (type in JSON_HINTS && value) {
        value = parsed(value);
      } else if (estimate && typeof value === 'string' && value.startsWith('data:')) {
        value = headOf(value);
      }
      if (value === undefined && estimate && !whole && required && !this.touched.has(name)) value = standIn(name, type);
      if ((type === 'integer' || type === 'number') && name !== 'seed' && /^-?\d+(\.\d+)?$/.test(value ?? '')) value = Number(value);
      if (value !== undefined) body[name] = value;
    }
    if (fault && !estimate) body.prompt = `${body.prompt ?? ''} ${fault}`.trim();
    const along = this.simulated && this.model.parameters.some(({name}) => name === 'sync_mode');
    body[along ? 'sync_mode' : 'fetch_images'] = true;
    return body;
  }

  // Tells at the fields what the server said of them. `every`: also of those that nobody has come to yet. Returns the first's name.
  tell(violations, every) {
    const said = {};
    for (const {field, message} of violations) (said[field.split(/[.[]/)[0]] ??= []).push(message);
    let first;
    for (const {name} of this.parameters) {
      const wrong = byId(`wrong-${name}`);
      if (!wrong) continue;
      const text = every || this.touched.has(name) ? said[name]?.join('; ') ?? '' : '';
      const inputs = wrong.parentElement.querySelectorAll('input:not([type=file], [type=radio]), textarea, select');
      wrong.textContent = text && `${name} ${text}`;
      wrong.hidden = !text;
      for (const input of inputs) {
        if (text) input.setAttribute('aria-invalid', 'true');
        else input.removeAttribute('aria-invalid');
      }
      if (text) first ??= name;
    }
    return first;
  }

  focus(name) {
    const target = byId(name);
    const fold = target?.closest('details');
    if (fold) fold.open = true;
    target?.focus();
  }
}

function standIn(name, type) {
  if (type === 'images') return [STAND_IN];
  return type === 'image' || /image_url$/.test(name) ? STAND_IN : type === 'number' || type === 'integer' ? 1 : 'x';
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;  // the server says what is wrong with it
  }
}
