// kubectl builds base and overlays; what comes out fits the schemas and means the same as the chart with the same values.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { kustomize, read } = require('./chart.js');
const { overlays, baseValues, fromChart, normalised, generated } = require('./kustomize.js');
const { problems } = require('./schemas.js');

test('the generated files are what scripts/render-kustomize makes of the chart', () => {
  for (const [name, text] of Object.entries(generated())) {
    assert.equal(read(`deploy/k8s/kustomize/${name}`), text, `${name}: run scripts/render-kustomize`);
  }
});

for (const [folder, values] of Object.entries({ base: baseValues, ...overlays })) {
  test(`${folder}: kubectl builds it without a warning, and every object fits its schema`, () => {
    const { objects, warnings } = kustomize(folder);
    assert.equal(warnings, '');
    assert.ok(objects.length >= 9, `${objects.length} objects`);
    assert.deepEqual(objects.flatMap(problems), []);
  });

  test(`${folder}: means the same as the chart`, () => {
    assert.deepEqual(normalised(kustomize(folder).objects), normalised(fromChart([values])));
  });
}

test('with cert-manager, it is asked for every certificate that is mounted', () => {
  const { objects, warnings } = kustomize('../../../tests/deploy/kustomize-cert-manager');
  assert.equal(warnings, '');
  assert.deepEqual(objects.flatMap(problems), []);
  const made = objects.filter((object) => object.kind === 'Certificate').map((object) => object.spec.secretName);
  for (const name of ['flux-gateway', 'flux-service']) {
    const { volumes } = objects.find((object) => object.kind === 'Deployment' && object.metadata.name === name).spec.template.spec;
    const { secretName } = volumes.find((volume) => ['tls', 'service-tls'].includes(volume.name)).secret;
    assert.ok(made.includes(secretName), secretName);
  }
});

test('the comparison sees a difference', () => {
  const { objects } = kustomize('base');
  const same = normalised(objects);
  const changes = [
    (list) => { list.find((one) => one.kind === 'Deployment').spec.template.spec.containers[0].env.pop(); },
    (list) => { list.find((one) => one.kind === 'NetworkPolicy').spec.egress.pop(); },
    (list) => { list.pop(); },
  ];
  for (const change of changes) {
    const copy = structuredClone(objects);
    change(copy);
    assert.notDeepEqual(normalised(copy), same);
  }
});
