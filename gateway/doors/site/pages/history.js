// The pictures that this browser keeps: shown small, opened, taken along, forgotten.
import {byId, button, download, el} from './dom.js';
import * as kept from './kept.js';
import {t} from './words.js';

// `onOpen(made)`: one was chosen.
export async function drawHistory(onOpen) {
  const rows = await kept.all('made').catch(() => []);
  byId('history-list').replaceChildren(...rows.map((made) => {
    const alt = made.body.prompt || made.model;
    const picture = made.images[0]?.url.startsWith('data:') && el('img', {src: made.images[0].url, alt: '', loading: 'lazy', decoding: 'async'});
    const open = button('', () => onOpen(made), {title: alt, 'aria-label': alt});
    open.append(picture || el('span', {text: made.model}));
    return el('li', {}, open);
  }));
  byId('history-empty').hidden = rows.length > 0;
  for (const id of ['export', 'clear']) byId(id).disabled = rows.length === 0;
}

// Everything as one JSON file, with the pictures in it.
export async function exportHistory() {
  const rows = await kept.all('made');
  download('flux-history.json', new Blob([JSON.stringify(rows, null, 1)], {type: 'application/json'}));
}

export async function clearHistory() {
  if (!confirm(t('Forget every picture that is kept in this browser?'))) return false;
  await kept.clear('made');
  return true;
}
