// The CronJob that compares the catalogue with fal: off by default, with the script itself, with the keys as files.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { objects, find, root } = require('./chart.js');
const { matrix } = require('./matrix.js');

const name = 'flux-catalogue-check';
const jobOf = (list) => find(list, 'CronJob', name).spec.jobTemplate.spec;
const podOf = (list) => jobOf(list).template.spec;
const containerOf = (list) => podOf(list).containers[0];

test('nothing is compared unless asked for', () => {
  for (const files of [matrix.dev, matrix.prod, matrix.minimal]) {
    assert.deepEqual(objects({ files }).filter((object) => object.metadata.name === name), []);
  }
});

test('it runs the script of this tree', () => {
  const list = objects({ files: matrix.checked });
  const script = fs.readFileSync(path.join(root, 'scripts/catalogue-check'), 'utf8');
  assert.equal(find(list, 'ConfigMap', name).data['catalogue-check'].trimEnd(), script.trimEnd());
  assert.deepEqual(containerOf(list).command, ['python3', '/etc/flux/check/catalogue-check']);
  assert.equal(jobOf(list).backoffLimit, 0, 'differences do not go away by looking again');
});

test('it asks the gateway as its hosts allow, and has keys as files only', () => {
  const list = objects({ files: matrix.checked });
  const { args, env, volumeMounts } = containerOf(list);
  assert.deepEqual(args, ['--gateway=http://flux-gateway:80', '--gateway-host=images.example.com']);
  assert.deepEqual(Object.fromEntries(env.map((one) => [one.name, one.value])), {
    PYTHONDONTWRITEBYTECODE: '1', FAL_KEY_FILE: '/etc/flux/fal/FAL_KEY', FLUX_API_KEY_FILE: '/etc/flux/api-key/api-key',
  });
  assert.deepEqual(volumeMounts.map((mount) => mount.name), ['check', 'fal', 'api-key']);
  for (const mount of volumeMounts) assert.equal(mount.readOnly, true);
});

test('without prices it has no key of fal', () => {
  const list = objects({ files: matrix.checked, set: ['catalogueCheck.prices=false'] });
  assert.ok(containerOf(list).args.includes('--no-prices'));
  assert.ok(!JSON.stringify(podOf(list)).includes('/etc/flux/fal'));
});

test('with the simulator it compares with the simulator', () => {
  const list = objects({ files: matrix.dev, set: ['catalogueCheck.enabled=true'] });
  const { args, env } = containerOf(list);
  assert.ok(args.includes('--schema-url=http://flux-simulator:8090'));
  assert.ok(args.includes('--platform-url=http://flux-simulator:8092'));
  assert.equal(env.find((one) => one.name === 'FAL_KEY').value, 'sim:sim');
  const policy = find(list, 'NetworkPolicy', 'flux-simulator').spec;
  const who = policy.ingress[1].from.map((peer) => peer.podSelector.matchLabels['app.kubernetes.io/component']);
  assert.deepEqual(who, ['service', 'catalogue-check']);
});

test('its pod is as locked up as the others, and nobody reaches it', () => {
  const list = objects({ files: matrix.checked });
  const pod = podOf(list);
  assert.equal(pod.automountServiceAccountToken, false);
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.equal(containerOf(list).securityContext.readOnlyRootFilesystem, true);
  const policy = find(list, 'NetworkPolicy', name).spec;
  assert.deepEqual(policy.policyTypes, ['Ingress', 'Egress']);
  assert.equal(policy.ingress, undefined);
});

test('settings of how fal is asked reach flux-service', () => {
  const list = objects({ files: matrix.checked });
  const env = Object.fromEntries(
    find(list, 'Deployment', 'flux-service').spec.template.spec.containers[0].env.map((one) => [one.name, one.value]));
  assert.equal(env.FLUX_FAL_BACKUP_URL, '');
  assert.equal(env.FLUX_FAL_QUEUE_BACKUP_URL, '');
  assert.equal(env.FLUX_FAL_STORE_IO, 'off');
  assert.equal(env.FLUX_PRICE_SOURCE, 'catalogue');
});
