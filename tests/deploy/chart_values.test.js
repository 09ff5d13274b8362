// values.yaml, its schema and README's table name the same values, each is explained, and each is used.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');
const { chart, read, template } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { schema, leaves, rows, table, at } = require('./values_table.js');

test('values.yaml and the schema hold the same values', () => {
  assert.deepEqual(rows().map((row) => row.name).sort(), [...leaves].sort());
  assert.ok(rows().length > 100);
});

test('every value is explained', () => {
  assert.deepEqual(rows().filter((row) => row.what.length < 8).map((row) => row.name), []);
});

test('README has the table of values', () => {
  assert.ok(read('deploy/k8s/chart/README.md').includes(`\n${table()}\n`), 'run scripts/render-chart-readme');
});

test('every value is used by a template', () => {
  const templates = fs.readdirSync(path.join(chart, 'templates'), { recursive: true, withFileTypes: false })
    .map((file) => path.join(chart, 'templates', file)).filter((file) => fs.statSync(file).isFile())
    .map((file) => fs.readFileSync(file, 'utf8')).join('\n');
  for (const { name } of rows()) {
    const word = /^(gateway|fluxService|simulator)\.resources\./.test(name) ? 'resources' : name.split('.').pop();
    assert.match(templates, new RegExp(`\\.${word}\\b`), name);
  }
});

test('the schema allows nothing that it does not name, but where Kubernetes has its own say', () => {
  const open = [];
  (function walk(node, where) {
    if (node.type === 'object' && node.additionalProperties === undefined) open.push(where);
    for (const [key, child] of Object.entries(node)) {
      if (child !== null && typeof child === 'object' && key !== 'enum') walk(child, `${where}/${key}`);
    }
  })(schema, '');
  // Shapes that belong to Kubernetes, and what helm gives to charts inside charts.
  for (const where of open) assert.match(where, /definitions\/(free|objects\/items|env\/.*valueFrom)$|models\/items$|^\/properties\/global$/);
});

for (const name of ['values-dev.yaml', 'values-prod.yaml']) {
  test(`${name} holds differences only`, () => {
    const same = [];
    (function walk(tree, where) {
      for (const [key, value] of Object.entries(tree)) {
        const here = [...where, key];
        const group = value !== null && typeof value === 'object' && !Array.isArray(value);
        if (group && !leaves.has(here.join('.'))) walk(value, here);
        else if (JSON.stringify(value) === JSON.stringify(at(here.join('.')))) same.push(here.join('.'));
      }
    })(YAML.parse(read(`deploy/k8s/chart/${name}`)), []);
    assert.deepEqual(same, []);
  });
}

test('a default may be said again', () => {
  const [first] = matrix.minimal;
  const done = template({ files: [first, 'values.yaml', first] });
  assert.equal(done.code, 0, done.err);
});

