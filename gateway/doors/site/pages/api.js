// Asks this gateway. Knows the caller's API key, paths and failures; draws nothing.
const base = new URL('.', document.baseURI).href.replace(/\/$/, '');
const KEPT = 'flux.key';

export const origin = base;

export function apiKey() {
  return sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT) ?? '';
}
export const isKeyKept = () => localStorage.getItem(KEPT) !== null;

// Kept for this tab, or for this browser where that is asked for.
export function setApiKey(key, keep) {
  sessionStorage.removeItem(KEPT);
  localStorage.removeItem(KEPT);
  if (key) (keep ? localStorage : sessionStorage).setItem(KEPT, key);
}

// The gateway refused: its JSON, and what it said beside it. Everything else that is thrown means that no answer came.
export class Refusal extends Error {
  constructor(status, headers, body) {
    super(body.error ?? `HTTP ${status}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.code = body.code ?? '';
  }
}

function headersWith(headers) {
  const key = apiKey();
  return key ? {...headers, Authorization: `Bearer ${key}`} : headers;
}

// Seeds can exceed what a JavaScript number holds, so they are kept as text.
const parse = (text) => JSON.parse(text.replace(/("seed":)(\d{16,})/g, '$1"$2"'));

// {status, headers, body} of an answer; throws a Refusal for 400 and more.
export async function ask(path, {method = 'GET', body, headers = {}, signal} = {}) {
  const sent = body === undefined ? headers : {...headers, 'Content-Type': 'application/json'};
  const reply = await fetch(base + path, {method, signal, headers: headersWith(sent), body: body === undefined ? undefined : JSON.stringify(body)});
  const text = await reply.text();
  let json = {};
  try {
    if (text) json = parse(text);
  } catch (error) {
    if (reply.ok) throw error;
  }
  if (reply.status >= 400) throw new Refusal(reply.status, reply.headers, json);
  return {status: reply.status, headers: reply.headers, body: json};
}

// The events of a job, from after `last` on: calls onEvent({name, id, data}) for each. Returns whether the stream was one.
// EventSource cannot send an API key, so this reads the stream itself.
export async function follow(path, last, onEvent, signal) {
  const headers = {Accept: 'text/event-stream', ...(last ? {'Last-Event-ID': last} : {})};
  const reply = await fetch(base + path, {headers: headersWith(headers), signal});
  if (reply.status >= 400) throw new Refusal(reply.status, reply.headers, await reply.json().catch(() => ({})));
  if (!reply.headers.get('content-type')?.startsWith('text/event-stream')) {
    await reply.body?.cancel();
    return false;
  }
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let pieces = [];  // a result can have megabytes in one line
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return true;
    pieces.push(value);
    if (!value.includes('\n')) continue;
    const parts = pieces.join('').split(/\r?\n\r?\n/);
    pieces = [parts.pop()];
    for (const part of parts) {
      const event = readEvent(part);
      if (event) onEvent(event);
    }
  }
}

function readEvent(text) {
  const event = {name: 'message', id: '', data: ''};
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === 'event') event.name = value;
    if (name === 'id') event.id = value;
    if (name === 'data') event.data += value;
  }
  return event.data && {...event, data: parse(event.data)};
}

// 128 random bits as text; pages that came without TLS have no randomUUID.
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
