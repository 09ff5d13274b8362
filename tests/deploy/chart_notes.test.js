// The notes after an installation: how to reach it, and what to look out for.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { matrix } = require('./matrix.js');
const { notes } = require('./cluster.js');

const rows = {
  'a port to forward': ['labels.a=b', /port-forward service\/flux-gateway 8080:80/],
  'a key to show': ['labels.a=b', /Authorization: Bearer/],
  'an open door': ['gateway.allowAnonymous=true', /WARNING: gateway.allowAnonymous/],
  'limits per replica': ['gateway.replicas=3,gateway.rateLimit.perReplica=true', /up to 3 times/],
  'an ingress': ['gateway.ingress.enabled=true,gateway.ingress.hosts={a.example.com}', /http:\/\/a\.example\.com\//],
  'callers that look alike': ['gateway.ingress.enabled=true,gateway.ingress.hosts={a.example.com}', /trustedProxies is empty/],
  'a first picture by the public name': ['gateway.ingress.enabled=true,gateway.ingress.hosts={a.example.com}', /curl http:\/\/a\.example\.com\/api/],
  'a host that is served': ['gateway.allowedHosts={*.example.com}', /Host: any\.example\.com/],
  'HTTPS behind an ingress': ['gateway.tls.existingSecret=t,gateway.ingress.enabled=true,gateway.ingress.hosts={a}', /backend-protocol: HTTPS/],
  'secrets in the release': ['gateway.rateLimit.redis=redis://r:6379/0,gateway.rateLimit.password=p', /stored in the release/],
  'purchases that are forgotten': ['labels.a=b', /remembered in memory and forgotten.*\n.*budgets begin from nothing\.\n.*store\.kind=sqlite/],
  'purchases that each replica remembers alone': ['fluxService.replicas=3', /Each of up to 3 replicas remembers its own alone/],
  'a file that may be set aside': ['fluxService.store.kind=sqlite,fluxService.store.beginAnew=true', /Take it back after this start/],
  'webhooks that must arrive': ['publicUrl=https://a.example.com', /https:\/\/a\.example\.com\/hooks\/fal.*\n.*403 WEBHOOK_REFUSED/],
  'uploads that only one gateway knows': ['gateway.replicas=2,gateway.rateLimit.perReplica=true', /kept by the one gateway that took it/],
  'slots left unused': ['fluxService.autoscaling.enabled=true,fal.maxConcurrency=12', /divided by fluxService.autoscaling.maxReplicas/],
};
for (const [name, [set, words]] of Object.entries(rows)) {
  test(`the notes tell of ${name}`, async () => assert.match(await notes({ files: matrix.minimal, set: [set] }), words));
}

test('the notes warn of nothing where there is nothing', async () => {
  const text = await notes({ files: matrix.prod });
  assert.match(text, /https:\/\/api\.example\.com\//);
  assert.doesNotMatch(text, /WARNING|NOTE:/);
  assert.match(await notes({ files: matrix.dev }), /Pictures come from the simulator; nothing is spent/);
});
