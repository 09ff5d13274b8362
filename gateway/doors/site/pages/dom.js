// Makes elements, and shows the one dialog. Text never becomes markup.
import {t} from './words.js';

export const byId = (id) => document.getElementById(id);

// Properties whose names begin with "aria" or "data" or that no element has are attributes; "on…" are listeners.
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key === 'style') for (const [property, to] of Object.entries(value)) made.style.setProperty(property, to);
    else if (key === 'text') made.textContent = value;
    else if (key in made && !key.includes('-')) made[key] = value;
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

export function button(text, onclick, properties = {}) {
  return el('button', {type: 'button', text, onclick, ...properties});
}

// Says it to screen readers.
export function say(text) {
  byId('say').textContent = text;
}

// Opens the dialog with this title and content; resolves when it is closed.
export function openDialog(title, content, className = '') {
  const dialog = byId('dialog');
  const close = button('×', () => dialog.close(), {className: 'close', 'aria-label': t('Close')});
  dialog.className = className;
  dialog.replaceChildren(el('div', {className: 'bar'}, el('h2', {id: 'dialog-title', text: title}), close), content);
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => {
    dialog.replaceChildren();
    resolve();
  }, {once: true}));
}

export function dollars(usd) {
  return `$${Number(usd).toLocaleString('en-US', {minimumFractionDigits: 2, maximumFractionDigits: 6, useGrouping: false})}`;
}

export function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function bytes(count) {
  return count < 1e6 ? `${Math.max(1, Math.round(count / 1000))} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

// "https://…" as it is; data URIs too long to read end early.
export function shortened(text) {
  return text.replace(/(data:[\w/+.-]*;base64,[A-Za-z0-9+/=]{12})[A-Za-z0-9+/=]{20,}/g, (all, head) => `${head}… (${bytes(all.length)})`);
}

export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  el('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// A data URI as a blob, without fetch, which the page's policy keeps to this gateway.
export function toBlob(uri) {
  const comma = uri.indexOf(',');
  const text = atob(uri.slice(comma + 1));
  const data = Uint8Array.from(text, (c) => c.charCodeAt(0));
  return new Blob([data], {type: uri.slice(5, uri.indexOf(';'))});
}

export function toDataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// A picture that is decoded; rejects where the browser cannot.
export async function decoded(uri) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  return image;
}
