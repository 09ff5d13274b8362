// The chart renders what Kubernetes takes, with both helms, and refuses what cannot work.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const YAML = require('yaml');
const { chart, containerOf, find, helms, objects, parse, read, run, template } = require('./chart.js');
const { plan } = require('./rollout_plan.js');
const { problems } = require('./schemas.js');
const matrix = require('./matrix.js');

const rendered = Object.fromEntries(Object.entries(matrix).map(([name, files]) => [name, objects({ files })]));
const workloads = (list) => list.filter((object) => object.kind === 'Deployment');

for (const [version, helm] of Object.entries(helms)) {
  for (const [name, files] of Object.entries(matrix)) {
    test(`helm ${version} lints and renders: ${name}`, () => {
      const values = files.flatMap((file) => ['-f', path.resolve(chart, file)]);
      const lint = run(helm, ['lint', '--strict', chart, ...values]);
      assert.equal(lint.code, 0, lint.out + lint.err);
      const done = template({ helm: version, files });
      assert.equal(done.code, 0, done.err);
      assert.deepEqual(parse(done.out), rendered[name]);
    });
  }
}

for (const [name, list] of Object.entries(rendered)) {
  test(`every object fits its schema: ${name}`, () => {
    assert.ok(list.length > 8);
    assert.deepEqual(list.flatMap(problems), []);
  });

  test(`names are unique, selectors find their pods, Services their ports: ${name}`, () => {
    const ids = list.map((object) => `${object.kind}/${object.metadata.name}`);
    assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), []);
    const pods = workloads(list).map((object) => object.spec.template);
    const selects = (selector) => pods.filter((pod) =>
      Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value));
    for (const object of list) {
      if (object.kind === 'Deployment') assert.equal(selects(object.spec.selector.matchLabels).length, 1, object.metadata.name);
      if (object.kind === 'PodDisruptionBudget') assert.equal(selects(object.spec.selector.matchLabels).length, 1);
      if (object.kind === 'NetworkPolicy') assert.equal(selects(object.spec.podSelector.matchLabels).length, 1);
      if (object.kind === 'Service') {
        const [pod] = selects(object.spec.selector);
        for (const port of object.spec.ports) {
          assert.ok(pod.spec.containers[0].ports.some(({ name: known }) => known === port.targetPort), port.name);
        }
      }
    }
  });

  test(`pods are restricted, and have time to finish: ${name}`, () => {
    for (const object of [...workloads(list), ...list.filter(({ kind }) => kind === 'Pod')]) {
      const pod = object.spec.template?.spec ?? object.spec;
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.enableServiceLinks, false);
      assert.equal(pod.securityContext.runAsNonRoot, true);
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
      for (const container of pod.containers) {
        assert.equal(container.securityContext.readOnlyRootFilesystem, true);
        assert.equal(container.securityContext.allowPrivilegeEscalation, false);
        assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
        for (const mount of container.volumeMounts ?? []) assert.equal(mount.subPath, undefined);
      }
    }
    for (const component of ['gateway', 'service']) {
      const deployment = workloads(list).find((object) => object.metadata.name.endsWith(`-${component}`));
      const env = Object.fromEntries(containerOf(deployment).env.map(({ name: key, value }) => [key, value]));
      const seconds = (key) => Number(env[key].replace(/s$/, ''));
      assert.ok(seconds('FLUX_DRAIN_GRACE') > seconds('FLUX_REQUEST_TIMEOUT'));
      assert.ok(deployment.spec.template.spec.terminationGracePeriodSeconds >
        seconds('FLUX_DRAIN_DELAY') + seconds('FLUX_DRAIN_GRACE'));
      const { periodSeconds, failureThreshold } = containerOf(deployment).readinessProbe;
      assert.ok(periodSeconds * failureThreshold < 60);
    }
  });
}

test('the autoscaler owns the number of pods; a budget needs two of them', () => {
  assert.equal(find(rendered.prod, 'Deployment', 'flux-gateway').spec.replicas, undefined);
  assert.ok(find(rendered.prod, 'HorizontalPodAutoscaler', 'flux-gateway'));
  assert.ok(find(rendered.prod, 'PodDisruptionBudget', 'flux-gateway'));
  assert.equal(find(rendered.dev, 'Deployment', 'flux-gateway').spec.replicas, 1);
  assert.equal(find(rendered.dev, 'PodDisruptionBudget', 'flux-gateway'), undefined);
  const { metrics } = find(rendered.everything, 'HorizontalPodAutoscaler', 'flux-gateway').spec;
  assert.equal(metrics[0].pods.metric.name, 'flux_gateway_requests_in_flight');
});

test('only gateways and labelled clients reach flux-service; only flux-service leaves the cluster, to 443', () => {
  const { ingress, egress } = find(rendered.prod, 'NetworkPolicy', 'flux-service').spec;
  const grpc = ingress.find(({ ports }) => ports[0].port === 'grpc').from.map((peer) => peer.podSelector.matchLabels);
  assert.deepEqual(grpc.map((labels) => labels['app.kubernetes.io/component'] ?? labels['flux-client']), ['gateway', 'true']);
  const outside = (rules) => rules.filter(({ to }) => to === undefined || to.some(({ ipBlock }) => ipBlock));
  assert.deepEqual(outside(egress).map(({ ports }) => ports), [[{ port: 443 }]]);
  assert.deepEqual(outside(find(rendered.prod, 'NetworkPolicy', 'flux-gateway').spec.egress), []);
  assert.deepEqual(outside(find(rendered.dev, 'NetworkPolicy', 'flux-service').spec.egress), []);
  assert.equal(find(rendered.dev, 'NetworkPolicy', 'flux-simulator').spec.egress, undefined);
});

test("the account's concurrency is divided among the replicas", () => {
  const env = containerOf(find(rendered.everything, 'Deployment', 'flux-service')).env;
  assert.equal(env.find(({ name }) => name === 'FLUX_FAL_MAX_CONCURRENCY').value, '10');
});

test('a changed catalogue restarts flux-service, and nothing else', () => {
  const sum = (set) => {
    const list = objects({ files: matrix['per replica'], set });
    return ['gateway', 'service'].map((name) =>
      JSON.stringify(find(list, 'Deployment', `pictures-${name}`).spec.template));
  };
  const [gateway, service] = sum([]);
  const [gatewayAfter, serviceAfter] = sum(['catalogue.models[0].name=text-to-image/mine']);
  assert.equal(gateway, gatewayAfter);
  assert.notEqual(service, serviceAfter);
  assert.notEqual(
    sum(['catalogue.models[0].name=text-to-image/other'])[1], serviceAfter);
});

test('the plan of a rollout has what its rehearsal needs', () => {
  for (const [component, one] of Object.entries(plan())) {
    assert.equal(one.environment.FLUX_LISTEN, component === 'gateway' ? '0.0.0.0:8080' : '0.0.0.0:50051');
    assert.ok(one.replicas >= 2 && one.maxSurge === 1 && one.maxUnavailable === 0);
    assert.equal(one.preStop, null);  // no shell in the images; the drain delay does what it would
    assert.ok(one.drainDelaySeconds >= one.readinessProbe.periodSeconds * one.readinessProbe.failureThreshold);
    assert.ok(one.terminationGracePeriodSeconds > one.drainDelaySeconds + one.drainGraceSeconds);
  }
});

test('secrets that are made hold what was said', () => {
  const list = rendered['secrets made'];
  const text = (name, key) => Buffer.from(find(list, 'Secret', name).data[key], 'base64').toString();
  assert.equal(text('flux-fal', 'FAL_KEY'), 'id:secret');
  assert.match(text('flux-api-keys', 'api-keys'), /^# who may spend\nalice [0-9a-f]{64} rate=30 concurrency=4 models=text-to-image\/\*\n$/);
});

const ready = ['fal.existingSecret=a', 'gateway.allowAnonymous=true'];
const refused = {
  'no key of fal': [['gateway.allowAnonymous=true'], /there is no key to buy pictures with; set fal\.existingSecret/],
  'no API keys': [['fal.existingSecret=a'], /whoever reaches the gateway could spend your money; set gateway\.apiKeys/],
  'both at once': [[], /^- fal: there is no key[^\n]*\n- gateway\.apiKeys: /m],
  'gateways that count alone': [[...ready, 'gateway.replicas=2'], /2 gateways would each count .* set gateway\.rateLimit\.redis/],
  'scaled gateways that count alone': [[...ready, 'gateway.autoscaling.enabled=true'], /10 gateways would each count/],
  'a key beside the simulator': [['simulator.enabled=true', ...ready], /takes the place of fal/],
  'two keys': [[...ready, 'fal.key=a:b'], /fal\.existingSecret or fal\.key, not both/],
  'two files of API keys': [[...ready, 'gateway.apiKeys.existingSecret=a', 'gateway.apiKeys.lines[0]=#'], /existingSecret or lines, not both/],
  'two catalogues': [[...ready, 'existingCatalogue=a', 'catalogue.models[0].name=a'], /catalogue or existingCatalogue, not both/],
  'pictures cut off': [[...ready, 'drainGraceSeconds=120'], /would cut off pictures/],
  'too few slots': [[...ready, 'fal.maxConcurrency=2', 'fluxService.replicas=3'], /2 slots cannot be divided among 3/],
  'a body beyond the bytes': [[...ready, 'gateway.maxBytesInFlightMiB=99'], /at least gateway\.maxBodyMiB/],
  'a body beyond the message': [[...ready, 'gateway.maxMessageMiB=100'], /larger than gateway\.maxBodyMiB/],
  'a message beyond the bytes': [[...ready, 'fluxService.maxBytesInFlightMiB=300'], /three times fluxService\.maxMessageMiB/],
  'TLS without certificates': [[...ready, 'fluxService.tls.enabled=true'], /needs serverSecret/],
  'a token in clear text': [[...ready, 'fluxService.token.existingSecret=a'], /clear text/],
  'a token that nobody accepts': [[...ready, 'fluxService.token.existingSecret=a', 'fluxService.tls.enabled=true'], /go together/],
  'a password without a Redis': [[...ready, 'gateway.rateLimit.existingSecret=a'], /a password without a Redis/],
  'an ingress for no host': [[...ready, 'gateway.ingress.enabled=true'], /gateway\.ingress\.hosts/],
  'a route that hangs nowhere': [[...ready, 'gateway.httpRoute.enabled=true'], /gateway\.httpRoute\.parentRefs/],
  'fewest above most': [[...ready, 'fluxService.autoscaling.enabled=true', 'fluxService.autoscaling.minReplicas=9'], /fluxService\.autoscaling\.minReplicas/],
  // By the schema.
  'an unknown value': [[...ready, 'gateway.replica=3'], /replica/],
  'an unknown value below': [[...ready, 'fluxService.tls.enable=true'], /enable/],
  'a word for a number': [[...ready, 'gateway.replicas=many'], /replicas/],
  'no gateway at all': [[...ready, 'gateway.replicas=0'], /replicas/],
  'too many resends': [[...ready, 'fal.retries=3'], /retries/],
  'an unknown level': [[...ready, 'logging.level=debug'], /level/],
  'an unknown monitor': [[...ready, 'monitoring.monitor=Pods'], /monitor/],
  'an unknown scaling metric': [[...ready, 'gateway.autoscaling.metric=memory'], /metric/],
  'an origin without a scheme': [[...ready, 'gateway.allowedOrigins[0]=example.com'], /allowedOrigins/],
  'a plain key where a hash belongs': [['fal.existingSecret=a', 'gateway.apiKeys.lines[0]=alice my-key'], /lines/],
  'a key of fal without its colon': [['fal.key=abc', 'gateway.allowAnonymous=true'], /fal\.key|\/fal\/key/],
  'a Redis that is none': [[...ready, 'gateway.rateLimit.redis=localhost:6379'], /redis/],
};
for (const [name, [set, words]] of Object.entries(refused)) {
  for (const helm of Object.keys(helms)) {
    test(`helm ${helm} refuses ${name}`, () => {
      const done = template({ helm, set });
      assert.notEqual(done.code, 0);
      assert.match(done.err, words);
    });
  }
}

test('NOTES warn of what is allowed but dangerous', (t) => {
  // Only an installation prints NOTES; here a copy of the chart renders them into an object.
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-chart-'));
  t.after(() => fs.rmSync(copy, { recursive: true }));
  fs.cpSync(chart, copy, { recursive: true });
  fs.renameSync(path.join(copy, 'templates/NOTES.txt'), path.join(copy, 'notes'));
  fs.writeFileSync(path.join(copy, 'templates/notes.yaml'), 'kind: Notes\ntext: {{ tpl (.Files.Get "notes") . | toJson }}\n');
  const notes = (...set) => {
    const done = run(helms['3.17'], ['template', 'flux', copy, '--kube-version', '1.30.0', '--show-only', 'templates/notes.yaml',
      ...set.flatMap((one) => ['--set', one])]);
    assert.equal(done.code, 0, done.err);
    return parse(done.out)[0].text;
  };
  const open = notes(...ready, 'gateway.ingress.enabled=true', 'gateway.ingress.hosts[0]=a.example.com');
  assert.match(open, /WARNING: gateway\.allowAnonymous is set/);
  assert.match(open, /WARNING: gateway\.trustedProxies is empty/);
  assert.match(open, /http:\/\/a\.example\.com\//);
  const tame = notes('simulator.enabled=true', 'gateway.allowAnonymous=true');
  assert.doesNotMatch(tame, /WARNING/);
  assert.match(tame, /port-forward service\/flux-gateway 8080:80/);
});

test('the chart has the version of the programs', () => {
  const version = /project\(flux VERSION ([0-9.]+)/.exec(read('CMakeLists.txt'))[1];
  assert.equal(YAML.parse(read('deploy/k8s/chart/Chart.yaml')).appVersion, version);
  assert.match(read('deploy/docker/Dockerfile'), new RegExp(`ARG VERSION=${version}\n`));
});

test("README's table has every value and its default", () => {
  const schema = JSON.parse(read('deploy/k8s/chart/values.schema.json'));
  const resolve = (part) => (part?.$ref ? schema.definitions[part.$ref.split('/').pop()] : part);
  function* leaves(value, part, path) {
    part = resolve(part);
    if (part?.additionalProperties !== false || path === 'catalogue') return yield [path, value];
    for (const key of Object.keys(value)) yield* leaves(value[key], part.properties[key], path ? `${path}.${key}` : key);
  }
  const defaults = YAML.parse(read('deploy/k8s/chart/values.yaml'));
  const expected = [...leaves(defaults, schema, '')].map(([path, value]) => `${path} = ${JSON.stringify(value)}`);
  const rows = [...read('deploy/k8s/chart/README.md').matchAll(/^\| `([^`]+)` \| `([^`]*)` \| \S.* \|$/gm)];
  assert.deepEqual(rows.map(([, path, value]) => `${path} = ${value}`), expected);
});

test('the schema knows every value, and no others', () => {
  const schema = JSON.parse(read('deploy/k8s/chart/values.schema.json'));
  const resolve = (part) => (part?.$ref ? schema.definitions[part.$ref.split('/').pop()] : part);
  const check = (value, part, path) => {
    part = resolve(part);
    if (part.additionalProperties !== false || path === '.catalogue') return;
    const known = Object.keys(part.properties).filter((key) => key !== 'global');
    assert.deepEqual(Object.keys(value).sort(), known.sort(), path);
    for (const key of known) check(value[key], part.properties[key], `${path}.${key}`);
  };
  check(YAML.parse(read('deploy/k8s/chart/values.yaml')), schema, '');
});
