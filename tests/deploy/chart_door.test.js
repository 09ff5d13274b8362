// The doors as the chart sets them up, with the real programs: mutual TLS and a token between gateway and service, a key that
// keygen made between a caller and the gateway.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { objects, find, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { probe, until } = require('./probes.js');
const { withFolder, makeCertificates, layOut, keygen, start, simulatorHere, simulatorPorts, buyingAt } = require('./programs.js');

const loopback = '127.0.0.1:0';

test('a picture through every door, and none without its key', () => withFolder(async (folder) => {
  const { key, line } = keygen('partner');
  const list = objects({
    files: matrix.minimal,
    set: ['serviceTls.serverSecret=s,serviceTls.clientSecret=c',
      'fluxService.token.value=a-token', 'gateway.apiKeys.existingSecret=', `gateway.apiKeys.lines={# partners,${line} rate=0}`],
  });
  const certificates = makeCertificates(folder);
  const running = [];
  // Starts a component with a folder of its own for its volumes.
  const pod = async (name, change, ports, rendering = list) => {
    const deployment = find(rendering, 'Deployment', `flux-${name}`);
    const place = path.join(folder, `${name}-${running.length}`);
    fs.mkdirSync(place);
    layOut(deployment, rendering, place, certificates);
    const program = await start(deployment, place, change, ports);
    running.push(program);
    await until(`${name} ready`, () => probe(containerOf(deployment).readinessProbe, program.address));
    return program.address;
  };
  const ask = (address, headers) => fetch(`http://${address.http}/api/v1/flux/text-to-image/dev`,
    { method: 'POST', headers, body: JSON.stringify({ prompt: 'a lighthouse at dusk' }) });
  try {
    const sim = await pod('simulator', simulatorHere, simulatorPorts, objects({ files: matrix.dev }));
    const service = await pod('service', { ...buyingAt(sim), FAL_KEY_FILE: null, FAL_KEY: 'sim:sim' }, ['grpc', 'metrics']);
    const here = { FLUX_LISTEN: loopback, FLUX_ADMIN_LISTEN: loopback, FLUX_SERVICE: service.grpc };
    const gateway = await pod('gateway', here, ['http', 'admin']);
    assert.equal((await ask(gateway, { authorization: `Bearer ${key}` })).status, 200);
    assert.equal((await ask(gateway, {})).status, 401);
    assert.equal((await ask(gateway, { authorization: 'Bearer flux_wrong' })).status, 401);

    const untold = await pod('gateway', { ...here, FLUX_SERVICE_TOKEN_FILE: null, FLUX_SERVICE_TOKEN: 'another' }, ['http', 'admin']);
    const refused = await ask(untold, { authorization: `Bearer ${key}` });
    assert.equal(refused.status, 503);
    assert.equal((await refused.json()).billed, 'no');
  } finally {
    await Promise.all(running.map((program) => program.stop()));
  }
}));
