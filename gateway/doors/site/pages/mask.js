// A mask drawn on a picture: what is painted is to be made anew. By mouse, pen, finger or keyboard.
import {button, decoded, el, say} from './dom.js';
import {t} from './words.js';

const PAINT = '#ff2d87';  // seen on any picture; what counts is where it is
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];

// Strokes, as they can be drawn again: {size, erase, points: [[x, y]…]}, {invert: true}, {canvas: what an earlier mask had}.
function draw(context, step) {
  const {width, height} = context.canvas;
  if (step.canvas) return context.drawImage(step.canvas, 0, 0);
  context.globalCompositeOperation = step.invert ? 'xor' : step.erase ? 'destination-out' : 'source-over';
  context.fillStyle = context.strokeStyle = PAINT;
  if (step.invert) return context.fillRect(0, 0, width, height);
  context.lineWidth = step.size;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  const [first, ...rest] = step.points;
  context.moveTo(...first);
  for (const point of rest.length > 0 ? rest : [first]) context.lineTo(...point);
  context.stroke();
}

// White where it is painted, black elsewhere, nothing between: a PNG of the picture's size, as a data URI; '' of an empty mask.
function exported(canvas) {
  const copy = el('canvas', {width: canvas.width, height: canvas.height});
  const context = copy.getContext('2d');
  const painted = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let any = false;
  for (let i = 0; i < painted.data.length; i += 4) {
    const on = painted.data[i + 3] >= 128;
    any ||= on;
    painted.data.fill(on ? 255 : 0, i, i + 3);
    painted.data[i + 3] = 255;
  }
  context.putImageData(painted, 0, 0);
  return any ? copy.toDataURL('image/png') : '';
}

// The first step of a mask that is there already, as a data URI: white is painted.
export async function stepOf(uri) {
  const image = await decoded(uri);
  const canvas = el('canvas', {width: image.naturalWidth, height: image.naturalHeight});
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = pixels.data[i];
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = 'source-in';
  context.fillStyle = PAINT;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return {canvas};
}

// Opens on `picture` (a data URI). `onChange(uri)` is called after each stroke. Returns {element, steps}; `steps` given again go on
// where they ended.
export async function maskEditor(picture, steps, onChange) {
  const image = await decoded(picture);
  const canvas = el('canvas', {width: image.naturalWidth, height: image.naturalHeight, tabIndex: 0, role: 'application'});
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const ring = el('div', {className: 'ring', hidden: true});
  const inner = el('div', {className: 'inner'}, el('img', {src: picture, alt: '', draggable: false}), canvas, ring);
  const frame = el('div', {className: 'frame', tabIndex: -1}, inner);
  let size = Math.max(4, Math.round(Math.min(canvas.width, canvas.height) / 8));
  let erase = false;
  let zoom = 0;
  let stroke = null;  // while it is drawn
  let pen = [canvas.width / 2, canvas.height / 2];  // of the keyboard

  const brushes = ['Brush', 'Eraser'].map((name) => button(t(name), () => choose(name === 'Eraser')));
  const slider = el('input', {type: 'range', min: 2, max: Math.max(canvas.width, canvas.height) / 3, value: size,
    oninput: () => { size = Number(slider.value); showRing(); }});
  const invert = button(t('Invert'), () => add({invert: true}));
  const undo = button(t('Undo'), () => { steps.pop(); redraw(); });
  const wipe = button(t('Empty'), () => { steps.length = 0; redraw(); });
  const closer = button('+', () => setZoom(zoom + 1), {'aria-label': t('Zoom in')});
  const farther = button('−', () => setZoom(zoom - 1), {'aria-label': t('Zoom out')});
  canvas.setAttribute('aria-label', t('Mask. Arrow keys move, Space paints or stops, B brush, E eraser, [ and ] size, Z undo, I invert, + and − zoom.'));

  function choose(eraser) {
    erase = eraser;
    brushes.forEach((each, index) => each.setAttribute('aria-pressed', String(Boolean(index) === erase)));
  }
  function setZoom(to) {
    zoom = Math.min(Math.max(to, 0), ZOOMS.length - 1);
    inner.style.setProperty('width', `${ZOOMS[zoom] * 100}%`);
    showRing();
  }
  function changed() {
    undo.disabled = wipe.disabled = steps.length === 0;
    onChange(exported(canvas));
  }
  function redraw() {
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const step of steps) draw(context, step);
    changed();
  }
  function add(step) {
    steps.push(step);
    draw(context, step);
    changed();
  }
  function begin(point) {
    stroke = {size, erase, points: [point]};
    steps.push(stroke);
    draw(context, stroke);
  }
  function go(point) {
    stroke.points.push(point);
    draw(context, {...stroke, points: stroke.points.slice(-2)});
  }
  function end() {
    if (!stroke) return;
    stroke = null;
    changed();
  }
  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  }
  function showRing() {
    const scale = canvas.getBoundingClientRect().width / canvas.width;
    ring.style.setProperty('width', `${size * scale}px`);
    ring.style.setProperty('height', `${size * scale}px`);
    ring.style.setProperty('left', `${pen[0] / canvas.width * 100}%`);
    ring.style.setProperty('top', `${pen[1] / canvas.height * 100}%`);
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus({preventScroll: true});
    canvas.setPointerCapture(event.pointerId);
    begin(at(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    pen = at(event);
    ring.hidden = false;
    showRing();
    if (stroke) for (const each of event.getCoalescedEvents?.() ?? [event]) go(at(each));
  });
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('focus', () => { ring.hidden = false; showRing(); });
  canvas.addEventListener('blur', () => { ring.hidden = true; end(); });

  const MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  canvas.addEventListener('keydown', (event) => {
    const name = event.key.toLowerCase();
    if (event.key in MOVES) {
      const far = (event.shiftKey ? 2 : 0.5) * size;
      pen = pen.map((value, axis) => Math.min(Math.max(value + MOVES[event.key][axis] * far, 0), axis ? canvas.height : canvas.width));
      showRing();
      ring.scrollIntoView({block: 'nearest', inline: 'nearest'});
      if (stroke) go([...pen]);
    } else if (name === ' ') {
      if (stroke) end(); else begin([...pen]);
      say(t(stroke ? 'Painting' : 'Stopped'));
    } else if (name === 'z') undo.click();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (name === 'b' || name === 'e') choose(name === 'e');
    else if (name === 'i') invert.click();
    else if (name === '+' || name === '=') setZoom(zoom + 1);
    else if (name === '-') setZoom(zoom - 1);
    else if (name === '[' || name === ']') {
      slider.value = size *= name === '[' ? 0.8 : 1.25;
      slider.dispatchEvent(new Event('input'));
    } else return;
    event.preventDefault();
  });

  choose(false);
  for (const step of steps) draw(context, step);
  undo.disabled = wipe.disabled = steps.length === 0;
  const tools = el('div', {className: 'tools', role: 'toolbar', 'aria-label': t('Mask')}, brushes,
      el('label', {}, t('Size'), slider), undo, invert, wipe, farther, closer);
  return {element: el('div', {className: 'mask'}, tools, frame,
      el('p', {className: 'hint', text: t('Paint what is to be made anew.')})), steps};
}
