// What the chart, the overlays, the compose file and the images set is what the programs read; their ports and probes are real.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { after, test } = require('node:test');
const YAML = require('yaml');
const { containerOf, objects, kustomize, read } = require('./chart.js');
const matrix = require('./matrix.js');
const { checkConfig, eventually, grpcServing, secrets, settingsOf, start } = require('./programs.js');

const programs = { gateway: 'flux-gateway', 'flux-service': 'flux-service', simulator: 'flux-sim' };
const known = Object.fromEntries(Object.values(programs).map((program) => [program, settingsOf(program)]));
const mounted = secrets();
after(() => fs.rmSync(mounted, { recursive: true }));

const deployments = (list) => list.filter((object) => object.kind === 'Deployment').map((object) => object.spec.template.spec);
const sources = {
  ...Object.fromEntries(Object.entries(matrix).map(([name, files]) => [`chart, ${name}`, deployments(objects({ files }))])),
  'kustomize, dev': deployments(kustomize('overlays/dev').objects),
  'kustomize, prod': deployments(kustomize('overlays/prod').objects),
};

// The container's environment on this machine: mounted files lie in one folder here. Every path must come from a mount that
// carries that very key.
function environment(pod) {
  const [container] = pod.containers;
  const env = {};
  for (const { name, value } of container.env) {
    if (value === undefined) continue;
    env[name] = value;
    if (!value.startsWith('/etc/flux/')) continue;
    const mount = container.volumeMounts.find(({ mountPath }) => path.dirname(value) === mountPath);
    assert.ok(mount, `${name}=${value} is not mounted`);
    const volume = pod.volumes.find((one) => one.name === mount.name);
    const key = path.basename(value);
    if (volume.secret) assert.ok(volume.secret.items.some((item) => item.path === key), `${value} is not in its Secret`);
    const file = fs.existsSync(path.join(mounted, key)) ? key : 'FAL_KEY';  // a key by another name
    env[name] = path.join(mounted, file);
  }
  return env;
}

for (const [source, pods] of Object.entries(sources)) {
  for (const pod of pods) {
    const container = pod.containers[0];
    const program = programs[container.name];
    test(`${program} reads all that is set and finds it valid: ${source}`, () => {
      const unknown = container.env.map(({ name }) => name).filter((name) => !known[program].environment.has(name));
      assert.deepEqual(unknown, []);
      const flags = (container.args ?? []).map((arg) => arg.split('=')[0]).filter((flag) => !known[program].flags.includes(flag));
      assert.deepEqual(flags, []);
      const checked = checkConfig(program, environment(pod), container.args);
      assert.equal(checked.code, 0, checked.text);
      const paths = container.env.filter(({ value }) => value?.startsWith('/etc/flux/')).map(({ value }) => path.dirname(value));
      for (const { mountPath } of container.volumeMounts ?? []) assert.ok(paths.includes(mountPath), `${mountPath} is mounted for nothing`);
    });
  }
}

test('--check-config would notice a mistake', () => {
  const [pod] = sources['chart, dev'].filter(({ containers }) => containers[0].name === 'gateway');
  assert.notEqual(checkConfig('flux-gateway', { ...environment(pod), FLUX_ALLOW_ANONYMOUS: 'false' }).code, 0);
});

const portOf = (container, name) => container.ports.find((port) => port.name === name)?.containerPort ?? name;

for (const source of ['chart, dev', 'kustomize, dev']) {
  test(`every port and probe answers in programs started as the pods are: ${source}`, async (t) => {
    // The pods' own settings, but on loopback with free ports: each listener keeps its place by the port it would have.
    const listeners = {
      simulator: { fal: 'FLUX_SIM_LISTEN' },
      'flux-service': { grpc: 'FLUX_LISTEN', metrics: 'FLUX_METRICS_LISTEN' },
      gateway: { http: 'FLUX_LISTEN', admin: 'FLUX_ADMIN_LISTEN' },
    };
    const running = {};
    for (const name of Object.keys(listeners)) {
      const pod = sources[source].find(({ containers }) => containers[0].name === name);
      const [container] = pod.containers;
      const env = environment(pod);
      const address = {};
      for (const [listener, setting] of Object.entries(listeners[name])) {
        assert.equal(env[setting], `0.0.0.0:${portOf(container, listener)}`);
        env[setting] = '127.0.0.1:0';
      }
      if (name === 'flux-service') env.FLUX_FAL_URL = `http://${running.simulator.addresses.fal}`;
      if (name === 'gateway') env.FLUX_SERVICE = running['flux-service'].addresses.grpc;
      env.FLUX_DRAIN_DELAY &&= '0';
      running[name] = await start(programs[name], { env, listeners: Object.keys(listeners[name]) });
      t.after(running[name].stop);
      Object.assign(address, running[name].addresses);
      assert.equal(container.ports.length, Object.keys(listeners[name]).length);
      for (const kind of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        const probe = container[kind];
        if (probe?.grpc) {
          assert.equal(probe.grpc.port, portOf(container, 'grpc'));
          await eventually(() => grpcServing(address.grpc), `${name} ${kind}`);
        } else if (probe) {
          const url = `http://${address[probe.httpGet.port]}${probe.httpGet.path}`;
          await eventually(async () => (await fetch(url)).status === 200, `${name} ${kind} at ${url}`);
        }
      }
    }
    const reply = await fetch(`http://${running.gateway.addresses.http}/api/v1/flux/text-to-image/pro`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"prompt":"A beautiful sunset over mountains","aspect_ratio":"16:9","guidance_scale":3.5,"num_images":1}',
    });
    assert.equal(reply.status, 200);
    assert.equal((await reply.json()).data.images[0].width, 1024);
    for (const url of [`http://${running.gateway.addresses.http}/api/v1/models`, `http://${running.gateway.addresses.admin}/metrics`]) {
      assert.equal((await fetch(url)).status, 200, url);  // what helm test asks
    }
  });
}

test('the compose file sets what the programs read, on read-only roots without capabilities', () => {
  const compose = YAML.parse(read('deploy/docker/compose.yaml'), { merge: true });
  const dockerfile = read('deploy/docker/Dockerfile');
  for (const [name, program] of Object.entries({ simulator: 'flux-sim', service: 'flux-service', gateway: 'flux-gateway' })) {
    const service = compose.services[name];
    assert.equal(service.read_only, true);
    assert.deepEqual(service.cap_drop, ['ALL']);
    assert.equal(service.build.target, program);
    const stage = dockerfile.split(`AS ${program}\n`)[1].split('\nFROM ')[0];
    const image = Object.fromEntries(/^ENV (.*)$/m.exec(stage)[1].split(' ').map((pair) => pair.split(/=(.*)/)));
    const plain = Object.fromEntries(Object.entries(service.environment)
      .map(([key, value]) => [key, String(value).replace(/^\$\{[A-Z_]+:-(.*)\}$/, '$1')]));
    const env = { ...image, ...plain };
    assert.deepEqual(Object.keys(env).filter((key) => !known[program].environment.has(key)), []);
    const checked = checkConfig(program, env);
    assert.equal(checked.code, 0, checked.text);
    const ports = Object.values(image).map((address) => address.split(':')[1]);
    assert.deepEqual(/^EXPOSE (.*)$/m.exec(stage)[1].split(' '), ports);
    for (const port of service.ports) {
      assert.match(port, /^127\.0\.0\.1:(\d+):\1$/);
      assert.ok(ports.includes(port.split(':')[2]));
    }
    if (service.stop_grace_period) assert.ok(parseInt(service.stop_grace_period) > parseInt(env.FLUX_DRAIN_GRACE));
  }
});

test('images run one program as nobody, and can tell whether it is well', () => {
  const dockerfile = read('deploy/docker/Dockerfile');
  assert.match(dockerfile, /^USER 65532:65532$/m);
  for (const program of Object.values(programs)) {
    assert.match(dockerfile, new RegExp(`^HEALTHCHECK .* CMD \\["/usr/bin/${program}", "healthcheck"\\]\nENTRYPOINT \\["/usr/bin/${program}"\\]$`, 'm'));
  }
});

test('the defaults of memory hold the bytes that may be in flight', () => {
  const values = YAML.parse(read('deploy/k8s/chart/values.yaml'));
  const mebibytes = (text) => parseInt(text) * (text.endsWith('Gi') ? 1024 : 1);
  for (const component of ['gateway', 'fluxService']) {
    const { maxBytesInFlightMiB, resources } = values[component];
    assert.ok(mebibytes(resources.limits.memory) >= 2 * maxBytesInFlightMiB, component);
  }
});
