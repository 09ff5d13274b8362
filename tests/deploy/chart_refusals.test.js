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
const certificate = pem('CERTIFICATE');

// name: [what is set beside minimal.yaml, words of the answer]
const sentences = {
  'several gateways, limits in memory': ['gateway.replicas=2', 'gateway.rateLimit.redis', 'gateway.rateLimit.perReplica=true'],
  'autoscaled gateways, limits in memory': ['gateway.autoscaling.enabled=true', '10 gateways', 'gateway.rateLimit.redis'],
  'no key of fal': ['fal.existingSecret=', 'fal.existingSecret (a Secret with FAL_KEY)', 'simulator.enabled=true'],
  'two keys of fal': ['fal.key=id:secret', 'fal: set existingSecret or key, not both'],
  'a simulator and a key': ['simulator.enabled=true', 'simulator.enabled: takes the place of fal'],
  'open to the world': ['gateway.apiKeys.existingSecret=', 'gateway.allowAnonymous=true if that is what you want'],
  'two keys for the bill': ['fal.billing.key=id:secret,fal.billing.existingSecret=b', 'fal.billing: set existingSecret or key, not both'],
  'a bill of nowhere': ['fal.billing.existingSecret=b,fal.platformUrl=', 'fal.billing: has a key, yet it is not known where the bill is asked for'],
  'a bill of somebody else\'s': ['fal.billing.existingSecret=b,fal.url=https://fal.example.com', 'set fal.platformUrl'],
  'two kinds of API keys': [`gateway.apiKeys.lines={a ${hash}}`, 'set existingSecret or lines, not both'],
  'a password without Redis': ['gateway.rateLimit.password=x', 'set gateway.rateLimit.redis'],
  'a certificate without its key': [`gateway.tls.certificate=${pem('CERTIFICATE')}`, 'certificate and privateKey go together'],
  'no certificates, and nothing in their place': ['serviceTls.enabled=false', 'serviceTls.trustNetwork=true if a mesh'],
  'half of the certificates': ['serviceTls.serverSecret=s', 'clientSecret (the gateway\'s) go together'],
  'certificates without the gateway\'s': [`serviceTls.ca=${certificate},serviceTls.certificate=${certificate},serviceTls.privateKey=${pem('PRIVATE KEY')}`,
    'clientCertificate and clientPrivateKey go together'],
  'an issuer that may not be used': ['serviceTls.certManager.enabled=false,serviceTls.certManager.issuerRef.name=x', 'yet enabled is false'],
  'an issuer without a name': ['serviceTls.certManager.issuerRef.kind=ClusterIssuer', 'needs a name'],
  'further callers of a site\'s own authority': ['serviceTls.serverSecret=s,serviceTls.clientSecret=c,serviceTls.clients={a}', 'serviceTls.clients'],
  'certificates that are always late': ['serviceTls.renewBeforeDays=365', 'must be less than certificateDays'],
  'an authority that ends too soon': ['serviceTls.authorityDays=1000', 'at least three times certificateDays'],
  'a token in clear text': ['serviceTls.enabled=false,serviceTls.trustNetwork=true,fluxService.token.value=t', 'clear text; set serviceTls.enabled=true'],
  'a token nobody accepts': ['fluxService.token.existingSecret=t', 'sha256 (what flux-service accepts) go together'],
  'a token nobody shows': [`fluxService.token.sha256={${hash}}`, 'existingSecret (what the gateway shows)'],
  'two catalogues': ['existingCatalogue=c,catalogue.models[0].name=a', 'set catalogue or existingCatalogue, not both'],
  'aliases twice': ['gateway.modelAliases.rows.a=edit/flux-2,gateway.modelAliases.existingConfigMap=c', 'gateway.modelAliases: set rows or existingConfigMap, not both'],
  'a grace shorter than a picture': ['drainGraceSeconds=60', '60 would cut off pictures that may take requestTimeoutSeconds (120)'],
  'a grace as long as a picture': ['requestTimeoutSeconds=125', 'drainGraceSeconds: 125 would cut off'],
  'a delay that probes miss': ['drainDelaySeconds=5', 'make it 6 or more'],
  'fewer slots than services': ['fal.maxConcurrency=2,fluxService.replicas=3', '2 slots cannot be divided among 3 replicas'],
  'a body larger than all bodies': ['gateway.maxBytesInFlightMiB=99', 'must be at least gateway.maxBodyMiB'],
  'bodies that the service refuses': ['gateway.maxBodyMiB=120,fluxService.maxMessageMiB=120', 'make it larger than gateway.maxBodyMiB (120)'],
  'bytes that the gateway has no memory for': ['gateway.maxBytesInFlightMiB=1024', '1536Mi is less than the 1961Mi that its limits let it hold'],
  'connections that the gateway has no memory for': ['gateway.maxConnections=1000000', 'lower gateway.maxBytesInFlightMiB, maxInFlight, maxConnections or maxJobStreams'],
  'calls that the service has no memory for': ['fluxService.maxCalls=100000', 'lower fluxService.maxBytesInFlightMiB, maxCalls or store.maxMiB'],
  'bytes that the service has no memory for': ['fluxService.maxBytesInFlightMiB=3072', '3Gi is less than the 5631Mi'],
  'a limit in other units': ['fluxService.resources.limits.memory=1200M', '1200M is less than the 3071Mi'],
  'a limit in plain bytes': ['fluxService.resources.limits.memory=1445000000', 'is less than the 3071Mi'],
  'a request above its limit': ['fluxService.resources.requests.memory=4Gi', 'fluxService.resources.requests.memory: must not be above its limit'],
  'a CPU request above its limit': ['gateway.resources.limits.cpu=200m', 'gateway.resources.requests.cpu: must not be above its limit'],
  'an autoscaler without a request': ['fluxService.autoscaling.enabled=true,fluxService.resources.requests.cpu=null',
    'set fluxService.resources.requests.cpu, or fluxService.autoscaling.metric=inFlight'],
  'proxies of the whole world': ['gateway.trustedProxies={0.0.0.0/0}', '0.0.0.0/0 takes in so much of the world'],
  'proxies of half the world': ['gateway.trustedProxies={128.0.0.0/1}', '128.0.0.0/1 takes in'],
  'proxies of the whole new world': ['gateway.trustedProxies={10.0.0.0/8,::/0}', '::/0 takes in'],
  'proxies of all public addresses': ['gateway.trustedProxies={2000::/3}', '2000::/3 takes in'],
  'proxies of the old world in new clothes': ['gateway.trustedProxies={::ffff:0:0/96}', '::ffff:0:0/96 takes in'],
  'proxies of the old world, spelt out': ['gateway.trustedProxies={0:0:0:0:0:ffff:0:0/96}', 'takes in'],
  'a fal behind a closed port': ['fal.url=https://proxy.example.com:8443/fal', 'closes its port, 8443; set networkPolicy.falPort=8443'],
  'a fal at the port of http': ['fal.url=http://proxy.example.com', 'closes its port, 80; set networkPolicy.falPort=80'],
  'a fal at an address of six parts': ['fal.url=https://[2001:db8::1]:9443', 'closes its port, 9443'],
  'a Redis behind a closed port': ['gateway.rateLimit.redis=redis://u@redis.data:6380/0', 'closes its port, 6380; set networkPolicy.redisPort=6380'],
  'a Redis behind a closed port, without a number': ['gateway.rateLimit.redis=redis://redis:7000', 'closes its port, 7000'],
  'metrics behind a closed port': ['monitoring.monitor=PodMonitor,networkPolicy.metricsFrom=null', 'name your Prometheus in networkPolicy.metricsFrom'],
  'a port past the chart': ['gateway.extraEnv[0].name=FLUX_LISTEN,gateway.extraEnv[0].value=0.0.0.0:9999', 'gateway.extraEnv: set bindHost instead'],
  'bytes past the chart': ['fluxService.extraEnv[0].name=FLUX_MAX_BYTES_IN_FLIGHT,fluxService.extraEnv[0].value=9GiB', 'set fluxService.maxBytesInFlightMiB instead'],
  'trust past the chart': ['fluxService.extraEnv[0].name=FLUX_TRUST_NETWORK,fluxService.extraEnv[0].value=yes', 'set serviceTls.trustNetwork instead'],
  'a store past the chart': ['fluxService.extraEnv[0].name=FLUX_STORE,fluxService.extraEnv[0].value=memory', 'set fluxService.store instead'],
  'a queue behind a closed port': ['fal.queueUrl=https://proxy.example.com:8444', 'fal.queueUrl: the NetworkPolicy closes its port, 8444'],
  'a history behind a closed port': ['fal.platformUrl=http://proxy.example.com', 'fal.platformUrl: the NetworkPolicy closes its port, 80'],
  'a file for several': ['fluxService.store.kind=sqlite,fluxService.replicas=2', 'one flux-service alone can use, and there may be 2', 'fluxService.store.kind=postgres'],
  'a file for an autoscaler': ['fluxService.store.kind=sqlite,fluxService.autoscaling.enabled=true', 'and there may be 6', 'fluxService.autoscaling.enabled=false'],
  'a file larger than its volume': ['fluxService.store.kind=sqlite,fluxService.store.sqlite.size=10Gi', '10Gi is too small for a file of fluxService.store.maxMiB (10240)'],
  'a claim that nobody uses': ['fluxService.store.sqlite.existingClaim=c', 'set fluxService.store.kind=sqlite, or leave it out'],
  'a database without a name': ['fluxService.store.kind=postgres', 'fluxService.store.postgres.url: name the database'],
  'a database that nobody uses': ['fluxService.store.postgres.url=postgres://u@h/d', 'set fluxService.store.kind=postgres, or leave it out'],
  'a password that nobody uses': ['fluxService.store.kind=sqlite,fluxService.store.postgres.existingSecret=s', 'not used by the store "sqlite"'],
  'a password among the parameters': ['fluxService.store.kind=postgres,fluxService.store.postgres.url=postgres://u@h/d?password=x', 'put it into a Secret'],
  'a database behind a closed port': ['fluxService.store.kind=postgres,fluxService.store.postgres.url=postgres://u@a:5432\\,b:6432/d', 'closes its port, 6432; set networkPolicy.postgresPort=6432'],
  'secrets of webhooks twice': ['fluxService.webhooks.lines={a whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB},fluxService.webhooks.existingSecret=b', 'fluxService.webhooks: set existingSecret or lines, not both'],
  'receivers behind a closed way': ['fluxService.webhooks.allow={hooks.internal}', 'name them in networkPolicy.webhooksTo'],
  'a way for webhooks to nothing': ['gateway.hooks.ingress.enabled=true', 'gateway.hooks: leads to a path', 'set publicUrl=https://HOST'],
  'a way for webhooks that hangs on nothing': ['publicUrl=https://a.example.com,gateway.hooks.httpRoute.enabled=true', 'gateway.hooks.httpRoute.parentRefs'],
  'webhooks to a host that is not served': ['publicUrl=https://a.example.com:8443,gateway.allowedHosts={example.com,*.a.example.com}', 'publicUrl: a.example.com is none of gateway.allowedHosts'],
  'webhooks past the chart': ['gateway.extraEnv[0].name=FLUX_PUBLIC_URL,gateway.extraEnv[0].value=https://a', 'gateway.extraEnv: set publicUrl instead'],
  'fal\'s keys behind a closed port': ['fal.keysUrl=https://proxy.example.com:8444/keys', 'fal.keysUrl: the NetworkPolicy closes its port, 8444'],
  'budgets twice': ['fluxService.budgets.lines={total usd=1 per=day},fluxService.budgets.existingConfigMap=b', 'set lines or existingConfigMap, not both'],
  'purchases that the service has no memory for': ['fluxService.resources.limits.memory=2560Mi', '2560Mi is less than the 3071Mi'],
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
  'gateway.modelAliases.rows.a=flux-2', 'gateway.modelAliases.rows.a.draw=edit/flux-2', 'gateway.modelAliases.rows.a*b=edit/flux-2', 'gateway.service.sessionAffinity=Cookie',
  'gateway.service.type=ExternalName', 'gateway.service.port=70000', 'gateway.autoscaling.metric=memory',
  'gateway.tls.certificate=not-pem', 'gateway.resources.limits.memory=lots', 'gateway.extraEnv[0].value=nameless',
  'fluxService.token.sha256={abc}', 'fluxService.podDisruptionBudget.maxUnavailable=0', 'simulator.latencyMilliseconds=-5',
  'networkPolicy.redisPort=0', 'networkPolicy.falPort=0', 'serviceTls.certManager.enabled=maybe', 'serviceTls.clients={A_b}',
  'serviceTls.certificateDays=0', 'serviceTls.ca=x', 'fluxService.tls.enabled=true', 'networkPolicy.dnsTo[0].podLabels.a=b', 'networkPolicy.redisTo[0].ipBlock.cidr=10.0.0.1', 'networkPolicy.internetExcept={10.0.0.0}', 'monitoring.monitor=Yes', 'monitoring.interval=often',
  'fluxService.store.kind=redis', 'fluxService.store.postgres.url=mysql://u@h/d', 'fluxService.store.postgres.url=postgres://u:p@h/d', 'fluxService.store.sqlite.size=big',
  'fluxService.store.sync=never', 'fluxService.store.maxMiB=-1', 'fluxService.store.beginAnew=perhaps', 'fluxService.resultTtlSeconds=59', 'fluxService.unknownForSeconds=-1', 'fluxService.leaseSeconds=0',
  'fluxService.keyedRoute=fast', 'fluxService.budgets.lines={alice 5 dollars}', 'fal.queueUrl=fal.run', 'fal.platformUrl=none', 'networkPolicy.postgresPort=0', 'networkPolicy.postgresTo[0].name=x',
  'publicUrl=flux.example.com', 'publicUrl=https://a.example.com/x', 'publicUrl=https://a.example.com/', 'fal.keysUrl=https://rest.fal.ai', 'gateway.maxWaitSeconds=0', 'gateway.maxJobStreams=0',
  'gateway.maxJobStreamsPerCaller=0', 'gateway.rateLimit.looksPerMinute=-1', `gateway.apiKeys.lines={a ${hash} webhook=x}`, 'gateway.hooks.ingress.hosts={a}', 'fluxService.webhooks.lines={a b}',
  'fluxService.webhooks.lines={whsec_QUFB}', 'fluxService.webhooks.allow={a b}', 'networkPolicy.webhooksPorts={0}', 'networkPolicy.webhooksTo[0].name=x',
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
