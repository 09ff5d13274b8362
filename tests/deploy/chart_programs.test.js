// The chart against the programs themselves: every setting it gives is one they know, every setting they know can be given,
// they accept what they are given, and probes and ports answer when they run as their pods would.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const { objects, find, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { probe, until } = require('./probes.js');
const { programOf, settingsOf, withFolder, layOut, checkConfig, start, simulatorHere, simulatorPorts, buyingAt } = require('./programs.js');

const programs = ['flux-gateway', 'flux-service', 'flux-sim'];
const settings = Object.fromEntries(programs.map((program) => [program, settingsOf(program)]));
// Here the service is reached as "localhost", so its certificate names that too.
const renderings = Object.fromEntries(Object.entries(matrix).map(([name, files]) => [name, objects({ files, set: ['serviceTls.dnsNames={localhost}'] })]));
renderings.strict = objects({ files: matrix.minimal,
  set: ['gateway.allowedHosts={*.example.com}', 'gateway.allowedOrigins={https://*.example.com}'] });
const deploymentsOf = (list) => list.filter((object) => object.kind === 'Deployment');

test('no setting that its program lacks', () => {
  for (const [name, list] of Object.entries(renderings)) {
    for (const container of deploymentsOf(list).map(containerOf)) {
      const { plain, secrets, files } = settings[programOf(container)];
      assert.ok(plain.length > 5 && container.env.length > 2);
      assert.equal(container.args ?? container.command, undefined);
      for (const { name: setting } of container.env) {
        assert.ok([...plain, ...secrets, ...files].includes(setting), `${name}: ${programOf(container)} knows no ${setting}`);
      }
    }
  }
});

test('every setting of gateway and service has a value of the chart; the simulator\'s have those that matter in a cluster', () => {
  const given = Object.fromEntries(programs.map((program) => [program, new Set()]));
  for (const container of Object.values(renderings).flatMap(deploymentsOf).map(containerOf)) {
    for (const { name } of container.env) given[programOf(container)].add(name);
  }
  for (const program of ['flux-gateway', 'flux-service']) {
    const { plain, files } = settings[program];
    assert.deepEqual([...plain, ...files].filter((setting) => !given[program].has(setting)), [], program);
  }
});

for (const [name, list] of Object.entries(renderings)) {
  for (const deployment of deploymentsOf(list)) {
    const program = programOf(containerOf(deployment));
    test(`${name}: ${program} accepts its settings`, () => withFolder((folder) => {
      const done = checkConfig(deployment, list, folder);
      assert.equal(done.status, 0, done.stderr);
    }));

    test(`${name}: ${program} listens on the ports that its container declares`, () => {
      const { env, ports } = containerOf(deployment);
      const listens = env.filter((one) => one.name.endsWith('LISTEN')).map((one) => Number(/:(\d+)$/.exec(one.value)[1]));
      assert.deepEqual(listens.sort(), ports.map((port) => port.containerPort).sort());
    });
  }
}

test('a wrong setting would be seen', () => withFolder((folder) => {
  const list = renderings.minimal;
  const done = checkConfig(find(list, 'Deployment', 'flux-gateway'), list, folder, { FLUX_REQUEST_TIMEOUT: 'soon' });
  assert.equal(done.status, 2);
}));

const gatewayAt = (service) =>
  ({ FLUX_LISTEN: '127.0.0.1:0', FLUX_ADMIN_LISTEN: '127.0.0.1:0', FLUX_SERVICE: `localhost:${service.split(':').pop()}` });

test('where the chart wants certificates or trust, the program does too', () => withFolder((folder) => {
  const list = renderings.mesh;
  const service = find(list, 'Deployment', 'flux-service');
  assert.equal(checkConfig(service, list, folder, { FLUX_TRUST_NETWORK: 'false' }).status, 2);
}));

// Runs what `helm test` would run, with the cluster's names led to `address`: the containers that failed.
async function helmTest(list, address) {
  const names = [['flux-gateway', 80, address.http], ['flux-gateway-admin', 9090, address.admin]];
  const lead = names.flatMap(([host, port, where]) => ['--connect-to', `${host}:${port}:${where}`]);
  const failed = [];
  const { containers } = list.find((object) => object.kind === 'Pod').spec;
  assert.equal(containers.length, 3);
  for (const { name, command, args } of containers) {
    const child = spawn(command[0], [...lead, '--retry-delay', '1', '--max-time', '20', ...args]);
    let err = '';
    child.stderr.on('data', (part) => { err += part; });
    if (await new Promise((resolve) => child.on('close', resolve)) !== 0) failed.push(`${name}: ${err}`);
  }
  return failed;
}

test('started as the pods of values-dev.yaml, every probe passes and a picture comes out', () => withFolder(async (folder) => {
  const list = renderings.dev;
  layOut(find(renderings.strict, 'Deployment', 'flux-gateway'), renderings.strict, folder);  // for its API keys
  for (const name of ['service', 'gateway']) layOut(find(list, 'Deployment', `flux-${name}`), list, folder);
  const running = [];
  const pod = async (component, change, names) => {
    const deployment = find(list, 'Deployment', `flux-${component}`);
    const program = await start(deployment, folder, change, names);
    running.push(program);
    const { startupProbe, readinessProbe, livenessProbe } = containerOf(deployment);
    for (const one of [startupProbe, readinessProbe, livenessProbe].filter((each) => each)) {
      await until(`${component} ${JSON.stringify(one)}`, () => probe(one, program.address));
    }
    return program.address;
  };
  try {
    const sim = await pod('simulator', simulatorHere, simulatorPorts);
    const service = await pod('service', buyingAt(sim), ['grpc', 'metrics']);
    const gateway = await pod('gateway', gatewayAt(service.grpc), ['http', 'admin']);
    assert.deepEqual(await helmTest(list, gateway), []);
    const reply = await fetch(`http://${gateway.http}/api/v1/flux/text-to-image/pro`, {
      method: 'POST', body: JSON.stringify({ prompt: 'A beautiful sunset over mountains', aspect_ratio: '16:9' }),
    });
    const { data } = await reply.json();
    assert.equal(reply.status, 200);
    assert.deepEqual([data.images[0].width, data.images[0].height], [1024, 576]);
    // The same gateway with keys: the test passes without one, a generation does not.
    const strict = await start(find(renderings.strict, 'Deployment', 'flux-gateway'), folder, gatewayAt(service.grpc), ['http', 'admin']);
    running.push(strict);
    await until('ready', () => probe({ httpGet: { path: '/readyz', port: 'admin' } }, strict.address));
    assert.deepEqual(await helmTest(renderings.strict, strict.address), []);
    const asked = http.get(`http://${strict.address.http}/api/v1/models`, { headers: { host: 'a.example.com' } });
    const [refused] = await once(asked, 'response');
    refused.resume();
    assert.equal(refused.statusCode, 401);
    // The metric that the autoscaler of values "inFlight" asks for.
    for (const [where, metric] of [[gateway.admin, 'gateway'], [service.metrics, 'service']]) {
      const name = find(renderings.autoscaled, 'HorizontalPodAutoscaler', `flux-${metric}`).spec.metrics[0].pods.metric.name;
      assert.match(await (await fetch(`http://${where}/metrics`)).text(), new RegExp(`^${name}[ {]`, 'm'));
    }
  } finally {
    await Promise.all(running.map((program) => program.stop()));
  }
}));
