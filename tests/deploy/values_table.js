// The values of the chart as rows: path, default, what the comment above it says. And the same from the schema.
'use strict';
const YAML = require('yaml');
const { read } = require('./chart.js');

const file = 'deploy/k8s/chart/values.yaml';
const values = YAML.parse(read(file));
const schema = JSON.parse(read('deploy/k8s/chart/values.schema.json'));
const isGroup = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;

const resolve = (node) => (node.$ref ? schema.definitions[node.$ref.split('/').pop()] : node);

// Paths of the schema's leaves: what has no properties of its own, and what is free or empty by default.
function schemaPaths(node = schema, path = [], value = values) {
  const { properties } = resolve(node);
  if (!properties || (path.length > 0 && !isGroup(value))) return [path.join('.')];
  return Object.entries(properties).flatMap(([key, child]) => schemaPaths(child, [...path, key], value?.[key]));
}
// `global` is what helm itself gives to charts inside charts.
const leaves = new Set(schemaPaths().filter((name) => name !== 'global'));

// Rows in the order of values.yaml. A comment belongs to the key right under it; further lines of a value are skipped.
function rows() {
  const found = [];
  const path = [];
  let comment = [];
  let inside = -1;  // indentation of the leaf whose value goes on over several lines
  for (const line of read(file).split('\n')) {
    const [, spaces, text] = /^( *)(.*)$/.exec(line);
    if (text === '') { comment = []; continue; }
    if (inside >= 0 && spaces.length > inside) continue;
    inside = -1;
    if (text.startsWith('#')) { comment.push(text.replace(/^# ?/, '')); continue; }
    const [, key] = /^([A-Za-z0-9]+):/.exec(text) ?? [];
    if (!key) throw new Error(`${file}: cannot read "${line}"`);
    path.length = spaces.length / 2;
    path.push(key);
    const name = path.join('.');
    if (!isGroup(at(name)) || leaves.has(name)) {
      found.push({ name, value: at(name), what: comment.join(' ') });
      inside = spaces.length;
    }
    comment = [];
  }
  return found;
}

const at = (name, tree = values) => name.split('.').reduce((value, key) => value?.[key], tree);

// The table of README.md.
function table() {
  const cell = (text) => text.replaceAll('|', '\\|');
  const lines = rows().map(({ name, value, what }) => `| \`${name}\` | \`${cell(JSON.stringify(value))}\` | ${cell(what)} |`);
  return ['| value | default | what |', '|---|---|---|', ...lines].join('\n');
}

module.exports = { values, schema, leaves, rows, table, at };
