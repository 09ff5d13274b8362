// The language of the page: English is written where it is used, and is the key to Chinese, which is fetched where it is wanted.

const KEPT = 'flux.language';
let language = pick();
let chinese = {};
if (language === 'zh') await load();

function pick() {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'en' || kept === 'zh') return kept;
  const first = navigator.languages.find((name) => /^(en|zh)/i.test(name)) ?? 'en';
  return first.slice(0, 2).toLowerCase();
}

async function load() {
  ({chinese} = await import('./chinese.js'));
}

export const isChinese = () => language === 'zh';

// The sentence in the page's language, with {names} filled in.
export function t(text, values = {}) {
  const known = language === 'zh' ? chinese[text] ?? text : text;
  return known.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// Words of the markup.
export function translatePage() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of document.querySelectorAll('[data-t]')) {
    element.dataset.t ||= element.textContent;
    element.textContent = t(element.dataset.t);
  }
}

export async function switchLanguage() {
  if (language !== 'zh') await load();
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem(KEPT, language);
  translatePage();
  document.dispatchEvent(new Event('language'));
}
