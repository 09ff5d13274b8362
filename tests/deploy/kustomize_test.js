// deploy/k8s/kustomize says the same as the chart.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { kustomize, root } = require('./chart.js');
const { baseValues, folder, fromChart, generated, normalised, overlays } = require('./kustomize.js');
const { problems } = require('./schemas.js');

test('the files made from the chart are up to date', () => {
  for (const [name, text] of Object.entries(generated())) {
    assert.equal(fs.readFileSync(path.join(folder, name), 'utf8'), text, `${name} is old: run scripts/render-kustomize`);
  }
});

for (const [overlay, values] of Object.entries({ base: baseValues, ...overlays })) {
  test(`kubectl kustomize ${overlay} is the chart with ${path.relative(root, path.resolve(folder, '../chart', values))}`, () => {
    const built = kustomize(overlay);
    assert.equal(built.warnings, '');
    assert.deepEqual(built.objects.flatMap(problems), []);
    assert.deepEqual(normalised(built.objects), normalised(fromChart([values])));
  });
}
