// Secrets given as values: they arrive whole where their program reads them, and nowhere else.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { objects } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { problems } = require('./schemas.js');
const { withFolder, makeCertificates } = require('./programs.js');

test('every secret that can be given is whole in its Secret, and in nothing else', () => withFolder((folder) => {
  const made = makeCertificates(folder).service;
  const pem = { certificate: made['tls.crt'].toString(), key: made['tls.key'].toString() };
  const values = {
    fal: { existingSecret: '', key: 'the-id:fal-secret$,"{', billing: { key: 'the-id:billing-secret' } },
    gateway: {
      apiKeys: { existingSecret: '', lines: [`partner ${'ab'.repeat(32)} rate=5`, '# nobody'] },
      rateLimit: { redis: 'redis://redis:6379/0', password: 'redis-pass:\'word' },
      tls: { certificate: pem.certificate, privateKey: pem.key },
    },
    serviceTls: {
      ca: pem.certificate, certificate: pem.certificate, privateKey: pem.key,
      clientCertificate: pem.certificate, clientPrivateKey: pem.key,
    },
    fluxService: {
      token: { value: 'a-token-of-ours' },
      promptHash: { key: 'hash-key-of-ours' },
      webhooks: { lines: ['# nobody', `partner whsec_${Buffer.alloc(32, 7).toString('base64')}`] },
    },
  };
  const list = objects({ files: matrix.minimal, values });
  assert.deepEqual(list.flatMap(problems), []);
  const secrets = Object.fromEntries(list.filter((object) => object.kind === 'Secret').map((object) => [object.metadata.name,
    Object.fromEntries(Object.entries(object.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))]));
  assert.deepEqual(secrets, {
    'flux-fal': { FAL_KEY: values.fal.key },
    'flux-fal-billing': { FAL_BILLING_KEY: 'the-id:billing-secret' },
    'flux-api-keys': { 'api-keys': `${values.gateway.apiKeys.lines.join('\n')}\n` },
    'flux-redis': { password: values.gateway.rateLimit.password },
    'flux-gateway-tls': { 'tls.crt': pem.certificate, 'tls.key': pem.key },
    'flux-service-tls': { 'tls.crt': pem.certificate, 'tls.key': pem.key, 'ca.crt': pem.certificate },
    'flux-service-client-tls': { 'tls.crt': pem.certificate, 'tls.key': pem.key, 'ca.crt': pem.certificate },
    'flux-service-token': { token: 'a-token-of-ours' },
    'flux-webhooks': { 'webhook-secrets': `${values.fluxService.webhooks.lines.join('\n')}\n` },
    'flux-prompt-hash': { FLUX_PROMPT_HASH_KEY: 'hash-key-of-ours' },
  });
  const rest = JSON.stringify(list.filter((object) => object.kind !== 'Secret'));
  for (const secret of ['fal-secret', 'billing-secret', 'redis-pass', 'a-token-of-ours', 'hash-key-of-ours', 'whsec_', '-----BEGIN']) {
    assert.ok(!rest.includes(secret), secret);
  }
  assert.ok(rest.includes(crypto.createHash('sha256').update('a-token-of-ours').digest('hex')), 'the service knows the hash');
}));

test('each component sees its own secrets only', () => {
  for (const [name, files] of Object.entries(matrix)) {
    for (const { metadata, spec } of objects({ files }).filter((object) => object.kind === 'Deployment')) {
      const volumes = (spec.template.spec.volumes ?? []).map((volume) => volume.name);
      const foreign = metadata.labels['app.kubernetes.io/component'] === 'service'
        ? ['api-keys', 'redis', 'service-tls', 'service-token', 'model-aliases'] : ['fal', 'fal-billing', 'fal-ca', 'prompt-hash', 'store', 'data', 'budgets', 'webhooks', 'webhooks-ca'];
      assert.deepEqual(volumes.filter((volume) => foreign.includes(volume)), [], `${name} ${metadata.name}`);
    }
  }
});
