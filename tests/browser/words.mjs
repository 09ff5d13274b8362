// Every sentence of the playground has its Chinese, and there is none that nobody says.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const pages = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../gateway/doors/site/pages');
const text = (name) => fs.readFileSync(path.join(pages, name), 'utf8');
const {chinese} = await import(pathToFileURL(path.join(pages, 'chinese.js')));
const modules = new Set();
const find = (name) => {
  if (modules.has(name)) return;
  modules.add(name);
  for (const [, next] of text(name).matchAll(/from '\.\/([\w.]+)'/g)) find(next);
};
find('playground.js');
modules.delete('chinese.js');
const html = text('playground.html');
const sources = [...modules].map(text).join('\n');

// Said: in t('…'), in either branch of t(x ? '…' : '…'), in the tables of words, and in the markup.
const said = new Set();
const add = (found) => { for (const [, one, two] of found) for (const each of [one, two]) if (each) said.add(each.replaceAll("\\'", "'")); };
add(sources.matchAll(/\bt\(\s*'((?:[^'\\]|\\.)*)'/g));
add(sources.matchAll(/\bt\("([^"]*)"/g));
add(sources.matchAll(/\bt\((?:[^()']|\([^()]*\)|'[A-Z_]+')*\?\s*'((?:[^'\\]|\\.)*)'\s*:\s*'((?:[^'\\]|\\.)*)'/g));
for (const [, table] of sources.matchAll(/const (?:NAMES|STATES|PROMISES|ADVICE|BILLED|KINDS|UNITS) = \{([^]*?)\};/g)) add(table.matchAll(/: '((?:[^'\\]|\\.)*)'/g));
for (const [, table] of sources.matchAll(/const FAULTS = (\[[^;]*\]);/g)) add(table.matchAll(/, '([^']*)'\]/g));
add(html.matchAll(/data-t>([^<]+)</g));
assert.ok(said.size > 150, `only ${said.size} sentences were found`);
assert.deepStrictEqual([...said].filter((each) => !(each in chinese)), [], 'have no Chinese');
// Whatever else is in the dictionary stands somewhere in the sources as a word.
assert.deepStrictEqual(Object.keys(chinese).filter((each) => !said.has(each) && !['auto', 'match_input'].includes(each) &&
  !sources.includes(`'${each}'`)), [], 'are said nowhere');
