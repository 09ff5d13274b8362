// Values that cannot work: each is refused before anything reaches a cluster, by the schema or by a sentence that says what
// to change. Starts from values that can be installed, so that only the named mistake is the cause.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { helms, template, objects } = require('./chart.js');
const { problems } = require('./schemas.js');

const minimal = path.join(__dirname, 'values/minimal.yaml');
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const pem = (kind) => `-----BEGIN ${kind}-----`;
const tls = 'fluxService.tls.enabled=true,fluxService.tls.serverSecret=s,fluxService.tls.clientSecret=c';

// name: [what is set beside minimal.yaml, words of the answer]
const sentences = {
  'several gateways, limits in memory': ['gateway.replicas=2', 'gateway.rateLimit.redis', 'gateway.rateLimit.perReplica=true'],
  'autoscaled gateways, limits in memory': ['gateway.autoscaling.enabled=true', '10 gateways', 'gateway.rateLimit.redis'],
  'no key of fal': ['fal.existingSecret=', 'fal.existingSecret (a Secret with FAL_KEY)', 'simulator.enabled=true'],
  'two keys of fal': ['fal.key=id:secret', 'fal: set existingSecret or key, not both'],
  'a simulator and a key': ['simulator.enabled=true', 'simulator.enabled: takes the place of fal'],
  'open to the world': ['gateway.apiKeys.existingSecret=', 'gateway.allowAnonymous=true if that is what you want'],
  'two kinds of API keys': [`gateway.apiKeys.lines={a ${hash}}`, 'set existingSecret or lines, not both'],
  'a password without Redis': ['gateway.rateLimit.password=x', 'set gateway.rateLimit.redis'],
  'a certificate without its key': [`gateway.tls.certificate=${pem('CERTIFICATE')}`, 'certificate and privateKey go together'],
  'TLS without certificates': ['fluxService.tls.enabled=true', 'fluxService.tls: needs serverSecret'],
  'half of TLS': ['fluxService.tls.enabled=true,fluxService.tls.serverSecret=s', 'clientSecret (the gateway\'s ca.crt)'],
  'half of mutual TLS': [`fluxService.tls.enabled=true,fluxService.tls.mutual=true,fluxService.tls.ca=${pem('CERTIFICATE')},` +
    `fluxService.tls.certificate=${pem('CERTIFICATE')},fluxService.tls.privateKey=${pem('PRIVATE KEY')}`, 'needs clientCertificate'],
  'a token in clear text': ['fluxService.token.value=t', 'clear text; set fluxService.tls.enabled=true'],
  'a token nobody accepts': [`${tls},fluxService.token.existingSecret=t`, 'sha256 (what flux-service accepts) go together'],
  'a token nobody shows': [`${tls},fluxService.token.sha256={${hash}}`, 'existingSecret (what the gateway shows)'],
  'two catalogues': ['existingCatalogue=c,catalogue.models[0].name=a', 'set catalogue or existingCatalogue, not both'],
  'a grace shorter than a picture': ['drainGraceSeconds=60', '60 would cut off pictures that may take requestTimeoutSeconds (120)'],
  'a grace as long as a picture': ['requestTimeoutSeconds=125', 'drainGraceSeconds: 125 would cut off'],
  'a delay that probes miss': ['drainDelaySeconds=5', 'make it 6 or more'],
  'fewer slots than services': ['fal.maxConcurrency=2,fluxService.replicas=3', '2 slots cannot be divided among 3 replicas'],
  'a body larger than all bodies': ['gateway.maxBytesInFlightMiB=99', 'must be at least gateway.maxBodyMiB'],
  'a body larger than a message': ['gateway.maxMessageMiB=100', 'must be larger than gateway.maxBodyMiB'],
  'too few bytes in flight': ['fluxService.maxBytesInFlightMiB=383', 'three times fluxService.maxMessageMiB'],
  'an ingress for nobody': ['gateway.ingress.enabled=true', 'gateway.ingress.hosts'],
  'a route that hangs on nothing': ['gateway.httpRoute.enabled=true', 'gateway.httpRoute.parentRefs'],
  'a smallest above the largest': ['fluxService.autoscaling.enabled=true,fluxService.autoscaling.minReplicas=9', 'minReplicas: must not be above'],
};
for (const [name, [set, ...words]] of Object.entries(sentences)) {
  test(`refused with a sentence: ${name}`, () => {
    const done = template({ files: [minimal], set: [set] });
    assert.notEqual(done.code, 0, 'must be refused');
    for (const word of words) assert.ok(done.err.includes(word), `${word}\n--- in:\n${done.err}`);
    assert.equal(done.err.split('\n').filter((line) => line.startsWith('- ')).length, 1, done.err);
  });
}

test('all mistakes are told at once', () => {
  const done = template({ set: ['gateway.replicas=2'] });
  assert.equal(done.err.split('\n').filter((line) => line.startsWith('- ')).length, 3, done.err);
});

const bad = [
  'gatway.replicas=2', 'gateway.replica=2', 'gateway.replicas=two', 'gateway.replicas=0', 'gateway.replicas=1.5',
  'fal.key=no-colon', 'fal.url=fal.run', 'fal.retries=3', 'fal.maxConcurrency=-1', 'fal.fetchHosts={https://x/}',
  'image.pullPolicy=Sometimes', 'image.tag=a b', 'gateway.image.digest=sha256:1', 'bindHost=localhost',
  'requestTimeoutSeconds=0', 'requestTimeoutSeconds=2m', 'logging.level=debug', 'logging.enabled=perhaps',
  'gateway.apiKeys.lines={plain-key}', 'gateway.trustedProxies={everyone}', 'gateway.rateLimit.perMinute=-1',
  'gateway.rateLimit.redis=redis:6379', 'gateway.rateLimit.redis=redis://u:p@redis:6379/0', 'gateway.allowedOrigins={example.com}',
  'gateway.service.type=ExternalName', 'gateway.service.port=70000', 'gateway.autoscaling.metric=memory',
  'gateway.tls.certificate=not-pem', 'gateway.resources.limits.memory=lots', 'gateway.extraEnv[0].value=nameless',
  'fluxService.token.sha256={abc}', 'fluxService.podDisruptionBudget.maxUnavailable=0', 'simulator.latencyMilliseconds=-5',
  'networkPolicy.redisPort=0', 'networkPolicy.dnsTo[0].podLabels.a=b', 'networkPolicy.redisTo[0].ipBlock.cidr=10.0.0.1', 'networkPolicy.internetExcept={10.0.0.0}', 'monitoring.monitor=Yes', 'monitoring.interval=often',
  'catalogue.model=x', 'fullnameOverride=Flux_1', 'tests.image=',
];
for (const helm of Object.keys(helms)) {
  test(`refused by the schema, each for itself (${helm})`, () => {
    for (const set of bad) {
      const done = template({ helm, files: [minimal], set: [set] });
      assert.notEqual(done.code, 0, `${set} must be refused`);
      assert.match(done.err, /values don't meet the specifications of the schema/, set);
      const where = set.split(/[=[]/)[0].split('.');
      assert.ok(where.some((key) => done.err.includes(key)), `${set}:\n${done.err}`);
    }
  });
}

test('the check of rendered objects sees mistakes', () => {
  const [deployment] = objects({ files: [minimal] }).filter((object) => object.kind === 'Deployment');
  const broken = (change) => {
    const copy = structuredClone(deployment);
    change(copy.spec.template.spec);
    return problems(copy);
  };
  assert.deepEqual(broken(() => {}), []);
  assert.match(broken((pod) => { pod.terminationGracePeriod = 5; }).join(), /terminationGracePeriod is not a field/);
  assert.match(broken((pod) => { pod.containers[0].readinessProb = {}; }).join(), /readinessProb is not a field/);
  assert.notDeepEqual(broken((pod) => { pod.terminationGracePeriodSeconds = 'long'; }), []);
  assert.notDeepEqual(broken((pod) => { delete pod.containers; }), []);
  assert.throws(() => problems({ apiVersion: 'apps/v1', kind: 'Deploymint', metadata: {} }), /no schema/);
});
