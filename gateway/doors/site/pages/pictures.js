// Pictures handed in: pasted, dropped, chosen, or by URL; put in order; and one that is there for trying.
import {button, bytes, decoded, el, say, toDataUri} from './dom.js';
import {t} from './words.js';

// Cameras say how a JPEG is to be turned, and models do not look: a mask would not fit. Drawn once, it is as it is seen.
async function upright(uri, type) {
  if (type !== 'image/jpeg' || !atob(uri.slice(uri.indexOf(',') + 1, uri.indexOf(',') + 1 + 4000)).includes('Exif\0')) return uri;
  const image = await decoded(uri);
  const canvas = el('canvas', {width: image.naturalWidth, height: image.naturalHeight});
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.95);
}

export async function pictureFrom(file) {
  const uri = await upright(await toDataUri(file), file.type);
  const image = await decoded(uri).catch(() => null);
  return {value: uri, name: file.name || t('picture'), size: file.size, width: image?.naturalWidth, height: image?.naturalHeight};
}

// Hills at dusk, for who has no picture at hand.
function sample() {
  const canvas = el('canvas', {width: 768, height: 512});
  const context = canvas.getContext('2d');
  const sky = context.createLinearGradient(0, 0, 0, 512);
  ['#23356b', '#e58a5c', '#f6d9a0'].forEach((color, index) => sky.addColorStop(index / 2, color));
  const fill = (color, draw) => {
    context.fillStyle = color;
    context.beginPath();
    draw();
    context.fill();
  };
  fill(sky, () => context.rect(0, 0, 768, 512));
  fill('#ffe9b8', () => context.arc(530, 290, 54, 0, 7));
  ['#5b4a6e', '#33405c', '#1b2a35'].forEach((color, index) => fill(color, () => {
    for (let x = -8; x < 780; x += 8) context.lineTo(x, x < 0 ? 512 : 330 + 55 * index + 34 * Math.sin(x / (60 + 40 * index)) + 12 * Math.sin(x / 23));
    context.lineTo(780, 512);
  }));
  return {value: canvas.toDataURL('image/png'), name: t('sample'), width: 768, height: 512};
}

// Pictures in `list`, at most `most`; `onChange` is called after each change of it.
export function pictureList({id, label, list, most, onChange}) {
  const items = el('ol', {className: 'pictures'});
  const file = el('input', {type: 'file', accept: 'image/*', multiple: most > 1, className: 'away', id: `${id}-file`, tabIndex: -1,
    'aria-label': label, onchange: () => { add([...file.files]); file.value = ''; }});
  const choose = button(most > 1 ? t('Choose pictures') : t('Choose a picture'), () => file.click(), {id});
  const url = el('input', {type: 'url', placeholder: 'https://…', 'aria-label': t('URL of a picture'), inputMode: 'url',
    onkeydown: (event) => { if (event.key === 'Enter') { event.preventDefault(); addUrl(); } }, onchange: addUrl});
  const zone = el('div', {className: 'drop', role: 'group', 'aria-label': label},
      items, el('div', {className: 'row'}, choose, button(t('Use a sample'), () => insert([sample()])), url, file),
      el('p', {className: 'hint', text: t('You can also paste or drop pictures here.')}));

  function insert(more) {
    if (more.length === 0) return;
    if (most === 1) list.length = 0;
    list.push(...more.slice(0, most - list.length));
    changed();
    say(t('{n} pictures', {n: list.length}));
  }
  async function add(files) {
    const pictures = files.filter(({type}) => type.startsWith('image/') || type === '');
    insert(await Promise.all(pictures.map(pictureFrom)));
  }
  function addUrl() {
    const value = url.value.trim();
    if (!value) return;
    url.value = '';
    insert([{value, name: value}]);
  }
  function move(from, to) {
    list.splice(to, 0, ...list.splice(from, 1));
    changed();
    items.children[to]?.querySelector('button')?.focus();
  }
  function changed() {
    redraw();
    onChange();
  }
  function redraw() {
    items.replaceChildren(...list.map((picture, index) => {
      const seen = picture.value.startsWith('data:') ?
        el('img', {src: picture.value, alt: t('Picture {n}', {n: index + 1}), draggable: false}) : el('span', {className: 'url', text: picture.name});
      const what = picture.width ? `${picture.width} × ${picture.height}` : picture.size ? bytes(picture.size) : '';
      const name = {n: index + 1};
      const item = el('li', {draggable: list.length > 1}, seen, el('span', {className: 'hint', text: what}), el('div', {className: 'row'},
          list.length > 1 && [
            button('←', () => move(index, index - 1), {disabled: index === 0, 'aria-label': t('Move picture {n} forward', name)}),
            button('→', () => move(index, index + 1), {disabled: index === list.length - 1, 'aria-label': t('Move picture {n} back', name)})],
          button('×', () => { list.splice(index, 1); changed(); choose.focus(); }, {'aria-label': t('Remove picture {n}', name)})));
      item.addEventListener('dragstart', (event) => event.dataTransfer.setData('text/flux', String(index)));
      item.addEventListener('drop', (event) => {
        const from = event.dataTransfer.getData('text/flux');
        if (from === '') return;
        event.preventDefault();
        event.stopPropagation();
        zone.classList.remove('over');
        move(Number(from), index);
      });
      return item;
    }));
    choose.hidden = most > 1 && list.length >= most;
  }

  zone.addEventListener('dragover', (event) => { event.preventDefault(); zone.classList.add('over'); });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    add([...event.dataTransfer.files]);
  });
  zone.take = add;  // what was pasted anywhere on the page
  redraw();
  return zone;
}
