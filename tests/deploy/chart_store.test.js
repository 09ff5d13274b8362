// Where the chart lets purchases be remembered, with the real programs: a pod that takes the place of another one knows what was
// bought where the store is a file in a volume, and budgets hold.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { objects, find, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { probe, until } = require('./probes.js');
const { withFolder, layOut, start, simulatorHere, simulatorPorts, buyingAt } = require('./programs.js');

const rendering = (set) => objects({ files: matrix.dev, set: ['serviceTls.dnsNames={localhost}', ...set] });

// Runs `work({ask, replaceService, folder})` with all programs as the rendering's pods: ask(key) buys a picture with an idempotency key.
function withPods(list, work) {
  return withFolder(async (folder) => {
    const running = {};
    for (const name of ['service', 'gateway']) layOut(find(list, 'Deployment', `flux-${name}`), list, folder);
    const pod = async (name, change, ports) => {
      const deployment = find(list, 'Deployment', `flux-${name}`);
      running[name] = await start(deployment, folder, change, ports);
      await until(`${name} ready`, () => probe(containerOf(deployment).readinessProbe, running[name].address));
      return running[name].address;
    };
    try {
      const sim = await pod('simulator', simulatorHere, simulatorPorts);
      let service = await pod('service', buyingAt(sim), ['grpc', 'metrics']);
      const gatewayHere = () => ({ FLUX_LISTEN: '127.0.0.1:0', FLUX_ADMIN_LISTEN: '127.0.0.1:0', FLUX_SERVICE: `localhost:${service.grpc.split(':').pop()}` });
      let gateway = await pod('gateway', gatewayHere(), ['http', 'admin']);
      await work({
        ask: async (key) => {
          const reply = await fetch(`http://${gateway.http}/api/v1/flux/text-to-image/dev`,
            { method: 'POST', headers: { 'idempotency-key': key }, body: JSON.stringify({ prompt: 'a lighthouse at dusk' }) });
          return { status: reply.status, body: await reply.json() };
        },
        replaceService: async () => {
          for (const name of ['gateway', 'service']) await running[name].stop();
          service = await pod('service', buyingAt(sim), ['grpc', 'metrics']);
          gateway = await pod('gateway', gatewayHere(), ['http', 'admin']);
        },
        folder,
      });
    } finally {
      await Promise.all(Object.values(running).map((program) => program.stop()));
    }
  });
}

const url = ({ status, body }) => {
  assert.equal(status, 200, JSON.stringify(body));
  return body.data.images[0].url;
};

test('sqlite: the next pod answers a key that was used with the picture that was bought', () =>
  withPods(rendering(['fluxService.store.kind=sqlite']), async ({ ask, replaceService, folder }) => {
    const first = url(await ask('order-1'));
    assert.equal(url(await ask('order-1')), first);
    assert.ok(fs.existsSync(path.join(folder, 'data/flux.db')));
    await replaceService();
    assert.equal(url(await ask('order-1')), first);
    assert.notEqual(url(await ask('order-2')), first);
  }));

test('memory: one pod remembers, the next one buys again', () =>
  withPods(rendering([]), async ({ ask, replaceService }) => {
    const first = url(await ask('order-1'));
    assert.equal(url(await ask('order-1')), first);
    await replaceService();
    assert.notEqual(url(await ask('order-1')), first);
  }));

test('budgets: who has spent all is refused', () =>
  withPods(rendering(['fluxService.budgets.lines={total usd=0.0001 per=day}']), async ({ ask }) => {
    const refused = await ask('order-1');
    assert.notEqual(refused.status, 200);
    assert.match(JSON.stringify(refused.body), /budget/i);
  }));

test('the claim stays when the release goes, and one that exists is used in its place', () => {
  const made = rendering(['fluxService.store.kind=sqlite']);
  const { claimName } = find(made, 'Deployment', 'flux-service').spec.template.spec.volumes.find((one) => one.name === 'data').persistentVolumeClaim;
  const claim = find(made, 'PersistentVolumeClaim', claimName);
  assert.equal(claim.metadata.annotations['helm.sh/resource-policy'], 'keep');
  assert.deepEqual(find(made, 'Deployment', 'flux-service').spec.strategy, { type: 'Recreate' });
  const given = rendering(['fluxService.store.kind=sqlite,fluxService.store.sqlite.existingClaim=mine']);
  assert.ok(!given.some((object) => object.kind === 'PersistentVolumeClaim'));
  assert.ok(find(given, 'Deployment', 'flux-service').spec.template.spec.volumes.some((one) => one.persistentVolumeClaim?.claimName === 'mine'));
});

test('every rendering says where purchases are remembered', () => {
  for (const [name, files] of Object.entries(matrix)) {
    const service = objects({ files }).find((object) => object.kind === 'Deployment' && object.metadata.name.endsWith('-service'));
    assert.match(containerOf(service).env.find((one) => one.name === 'FLUX_STORE').value, /^(memory|sqlite:\/|postgres:\/\/)/, name);
  }
});
