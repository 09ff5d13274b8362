// Times of a rollout: what a pod is given to end must hold what its program may take, and probes must notice in time.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { objects, find, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');

const margin = 5;

for (const [name, files] of Object.entries(matrix)) {
  test(`${name}: nothing is cut off and nobody is sent to a pod that is gone`, async () => {
    const { rolloutSettings } = await import('./rollout_settings.mjs');
    const { gateway, service } = rolloutSettings(files);
    for (const [component, times] of Object.entries({ gateway, service })) {
      assert.equal(times.pre_stop, null, 'the programs wait by themselves; their images have no shell');
      assert.ok(times.drain_grace_seconds > times.request_timeout_seconds, component);
      assert.ok(times.termination_grace_seconds >= times.drain_delay_seconds + times.drain_grace_seconds + margin, component);
      assert.ok(times.drain_delay_seconds >= times.readiness_period_seconds * times.readiness_failures, component);
      // A file is one process's: its next pod waits until the last one has ended.
      const alone = times.env.FLUX_STORE?.startsWith('sqlite:');
      assert.deepEqual([times.max_surge, times.max_unavailable], alone ? [0, 1] : [1, 0], component);
    }
  });
}

test('the grace follows the times that are set, to the second', () => {
  for (const [set, grace] of [['requestTimeoutSeconds=1,drainGraceSeconds=2,drainDelaySeconds=6', 13],
    ['requestTimeoutSeconds=600,drainGraceSeconds=601,drainDelaySeconds=30', 636]]) {
    for (const component of ['gateway', 'service']) {
      const deployment = find(objects({ files: matrix.minimal, set: [set] }), 'Deployment', `flux-${component}`);
      assert.equal(deployment.spec.template.spec.terminationGracePeriodSeconds, grace);
    }
  }
});

test('probes need no certificate: they ask the operators\' port; liveness never fails by draining', () => {
  for (const files of Object.values(matrix)) {
    for (const deployment of objects({ files }).filter((object) => object.kind === 'Deployment' && !/simulator/.test(object.metadata.name))) {
      const { startupProbe, readinessProbe, livenessProbe, ports } = containerOf(deployment);
      const port = ports.find((one) => [9090, 9091].includes(one.containerPort)).name;
      assert.deepEqual([startupProbe, readinessProbe, livenessProbe].map((one) => one.httpGet),
        [{ path: '/healthz', port }, { path: '/readyz', port }, { path: '/healthz', port }]);
    }
  }
});

test('pods are replaced when what is read at start changes, and only then', () => {
  const checksum = (component, set) => find(objects({ files: matrix.minimal, set: [set] }), 'Deployment', `flux-${component}`)
    .spec.template.metadata.annotations['checksum/config'];
  const plain = 'labels.a=b';
  for (const set of ['catalogue.models[0].name=x', 'fal.existingSecret=,fal.key=a:b', 'fal.billing.key=a:b', 'fluxService.promptHash.key=k']) {
    assert.notEqual(checksum('service', set), checksum('service', plain), set);
  }
  assert.notEqual(checksum('gateway', 'gateway.rateLimit.redis=redis://r:6379/0,gateway.rateLimit.password=p'), checksum('gateway', plain));
  // Keys are read again by the running gateway.
  const lines = `gateway.apiKeys.existingSecret=,gateway.apiKeys.lines={a ${'0'.repeat(64)}}`;
  assert.equal(checksum('gateway', lines), checksum('gateway', plain));
});

test('fal\'s slots are shared out among as many services as there may be', () => {
  const slots = (files, set) => containerOf(find(objects({ files, set: [set] }), 'Deployment', 'flux-service')).env
    .find((one) => one.name === 'FLUX_FAL_MAX_CONCURRENCY').value;
  assert.equal(slots(matrix.minimal, 'fal.maxConcurrency=11'), '11');
  assert.equal(slots(matrix.minimal, 'fal.maxConcurrency=11,fluxService.replicas=3'), '3');
  assert.equal(slots(matrix.autoscaled, 'fal.maxConcurrency=13'), '2');
  assert.equal(slots(matrix.minimal, 'fal.maxConcurrency=0,fluxService.replicas=3'), '0');
});
