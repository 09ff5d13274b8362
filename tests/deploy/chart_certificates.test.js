// Certificates of the chart's own authority: made for the names that are asked for, kept by upgrades, renewed in time, and
// followed by the next authority without a moment in which gateway and service would not trust each other.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { X509Certificate, createPrivateKey } = require('node:crypto');
const { parse, isMade, find, containerOf } = require('./chart.js');
const { manifests, notes } = require('./cluster.js');
const { matrix } = require('./matrix.js');

const day = 86400000;
const files = matrix.minimal;
const days = (count) => `${new Date(Date.now() + count * day).toISOString().slice(0, 19)}Z`;
const text = (secret, key) => Buffer.from(secret.data[key], 'base64').toString();
const pems = (bundle) => bundle.split(/(?<=-----END CERTIFICATE-----\n)/);

// The Secrets that an upgrade with these Secrets in the cluster makes, by name.
async function upgrade(secrets = {}, set = []) {
  const list = parse(await manifests({ files, set, secrets: Object.values(secrets) }));
  return Object.fromEntries(list.filter(isMade).map((object) => [object.metadata.name, object]));
}

// The same Secrets with notes changed: {secret: {note: value}}.
function changed(secrets, notes) {
  const copy = structuredClone(secrets);
  for (const [name, values] of Object.entries(notes)) {
    for (const [note, value] of Object.entries(values)) copy[name].metadata.annotations[`flux-certificates/${note}`] = value;
  }
  return copy;
}

const leaves = ['flux-service-tls', 'flux-service-client-tls'];
// Whether a pod with the Secrets `here` takes the certificate of a pod with the Secrets `there`.
function trusts(here, mine, there, theirs) {
  const leaf = new X509Certificate(text(there[theirs], 'tls.crt'));
  return pems(text(here[mine], 'ca.crt')).map((pem) => new X509Certificate(pem))
    .some((authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey) && new Date(authority.validTo) >= new Date(leaf.validTo));
}
const talk = (here, there) => {
  assert.ok(trusts(here, leaves[0], there, leaves[1]), 'the service takes the gateway');
  assert.ok(trusts(there, leaves[1], here, leaves[0]), 'the gateway takes the service');
};

test('what is made fits: names, keys, times, and each side vouches for the other', async () => {
  const secrets = await upgrade({}, ['serviceTls.dnsNames={pictures.example.com}', 'serviceTls.clients={batch}']);
  assert.deepEqual(Object.keys(secrets).sort(),
    ['flux-service-authority', 'flux-service-client-batch-tls', 'flux-service-client-tls', 'flux-service-tls']);
  const server = new X509Certificate(text(secrets['flux-service-tls'], 'tls.crt'));
  for (const name of ['flux-service', 'flux-service.default', 'flux-service.default.svc', 'flux-service.default.svc.cluster.local', 'pictures.example.com']) {
    assert.ok(server.checkHost(name), name);
  }
  for (const secret of [...leaves, 'flux-service-client-batch-tls']) {
    const leaf = new X509Certificate(text(secrets[secret], 'tls.crt'));
    assert.ok(leaf.checkPrivateKey(createPrivateKey(text(secrets[secret], 'tls.key'))), secret);
    assert.equal(leaf.ca, false);
    assert.ok(trusts(secrets, 'flux-service-tls', secrets, secret));
    const end = secrets[secret].metadata.annotations['flux-certificates/until'];
    assert.ok(Math.abs(new Date(leaf.validTo) - new Date(end)) < day / 2, `${leaf.validTo} ${end}`);
    assert.ok(Math.abs(new Date(end) - Date.now() - 365 * day) < day / 2, end);
  }
  talk(secrets, secrets);
  assert.equal(secrets['flux-service-authority'].metadata.annotations['helm.sh/resource-policy'], 'keep');
});

test('the gateway asks for a name that the certificate has, and no pod has the authority\'s key', async () => {
  const list = parse(await manifests({ files }));
  const { value } = containerOf(find(list, 'Deployment', 'flux-gateway')).env.find((one) => one.name === 'FLUX_SERVICE');
  const [, host] = /^dns:\/\/\/(.*):50051$/.exec(value);
  assert.ok(new X509Certificate(text(find(list, 'Secret', 'flux-service-tls'), 'tls.crt')).checkHost(host));
  for (const object of list.filter((one) => one.kind === 'Deployment')) {
    assert.ok(!JSON.stringify(object).includes('flux-service-authority'), object.metadata.name);
  }
});

test('an upgrade changes nothing that is good', async () => {
  const first = await upgrade();
  assert.deepEqual(await upgrade(first), first);
});

test('a certificate near its end is made anew, and only that', async () => {
  const first = await upgrade();
  const second = await upgrade(changed(first, { 'flux-service-tls': { until: days(119) } }));
  assert.notEqual(second['flux-service-tls'].data['tls.crt'], first['flux-service-tls'].data['tls.crt']);
  for (const name of ['flux-service-authority', 'flux-service-client-tls']) assert.deepEqual(second[name], first[name]);
  talk(first, second);
  talk(second, first);
  const early = changed(first, { 'flux-service-tls': { until: days(121) } });
  assert.deepEqual(await upgrade(early), early);
});

test('other names make another certificate', async () => {
  const first = await upgrade();
  const second = await upgrade(first, ['serviceTls.dnsNames={more.example.com}']);
  assert.ok(new X509Certificate(text(second['flux-service-tls'], 'tls.crt')).checkHost('more.example.com'));
  assert.deepEqual(second['flux-service-client-tls'], first['flux-service-client-tls']);
});

test('an authority is followed by the next one without a moment of mistrust', async () => {
  const authority = 'flux-service-authority';
  const steps = [await upgrade()];
  const step = async (notes) => { steps.push(await upgrade(changed(steps.at(-1), { [authority]: notes }))); return steps.at(-1); };
  const first = text(steps[0][authority], 'ca.crt');

  const announced = await step({ 'ca-until': days(729) });
  assert.equal(text(announced[authority], 'ca.crt'), first);
  const next = text(announced[authority], 'next.crt');
  assert.equal(text(announced['flux-service-tls'], 'ca.crt'), first + next);
  assert.equal(announced['flux-service-tls'].data['tls.crt'], steps[0]['flux-service-tls'].data['tls.crt'], 'it signs nothing yet');

  assert.deepEqual(await step({}), announced, 'the same day it signs nothing either');

  const signing = await step({ 'next-from': days(-0.1) });
  assert.equal(text(signing[authority], 'ca.crt'), next);
  assert.equal(text(signing[authority], 'old.crt'), first);
  assert.deepEqual(Object.keys(signing[authority].data).sort(), ['ca.crt', 'ca.key', 'old.crt'], 'the old key is gone');
  assert.notEqual(signing['flux-service-tls'].data['tls.crt'], announced['flux-service-tls'].data['tls.crt']);

  assert.deepEqual(await step({}), signing);
  const ended = await step({ 'old-until': days(-0.1) });
  assert.equal(text(ended['flux-service-tls'], 'ca.crt'), next);
  assert.equal(ended[authority].data['old.crt'], undefined);
  for (let i = 1; i < steps.length; ++i) {
    talk(steps[i - 1], steps[i]);
    talk(steps[i], steps[i - 1]);
    talk(steps[i], steps[i]);
  }
});

test('no certificate outlives its authority', async () => {
  const first = await upgrade();
  const second = await upgrade(changed(first, { 'flux-service-authority': { 'ca-until': days(100) }, 'flux-service-tls': { until: days(50) } }));
  const end = new Date(second['flux-service-tls'].metadata.annotations['flux-certificates/until']);
  assert.ok(end - Date.now() < 101 * day && end - Date.now() > 99 * day, end);
});

test('what is over, or cannot be read, is made anew', async () => {
  const first = await upgrade();
  for (const end of [days(-1), 'soon', '']) {
    const second = await upgrade(changed(first, { 'flux-service-authority': { 'ca-until': end } }));
    assert.notEqual(text(second['flux-service-authority'], 'ca.crt'), text(first['flux-service-authority'], 'ca.crt'));
    talk(second, second);
  }
  for (const [name, key] of [['flux-service-authority', 'ca.key'], ['flux-service-tls', 'tls.key']]) {
    const broken = structuredClone(first);
    delete broken[name].data[key];
    const mended = await upgrade(broken);
    talk(mended, mended);
  }
});

test('cert-manager makes them where there is one, unless the chart has begun to', async () => {
  const said = async (options) => notes({ files, ...options });
  assert.match(await said({ withCertManager: true }), /renewed by cert-manager/);
  assert.match(await said({}), /made by this chart, good until \d{4}-\d\d-\d\d/);
  assert.match(await said({ withCertManager: true, set: ['serviceTls.certManager.enabled=false'] }), /made by this chart/);
  assert.match(await said({ set: ['serviceTls.enabled=false,serviceTls.trustNetwork=true'] }), /only gateways reach/);
  assert.match(await said({ files: matrix['mutual-tls'] }), /yours, in server-tls and client-tls/);
  const kindsOf = async (secrets) => new Set(parse(await manifests({ files, secrets, apiVersions: ['cert-manager.io/v1'] })).map((one) => one.kind));
  assert.ok((await kindsOf([])).has('Certificate'));
  const kept = await kindsOf(Object.values(await upgrade()));
  assert.ok(kept.has('Secret') && !kept.has('Certificate'));
});

test('cert-manager is asked for what the pods mount', async () => {
  for (const name of ['cert-manager', 'own-issuer']) {
    const list = parse(await manifests({ files: matrix[name] }));
    assert.deepEqual(list.filter((one) => one.kind === 'Secret'), []);
    const wanted = Object.fromEntries(list.filter((one) => one.kind === 'Certificate').map((one) => [one.spec.secretName, one.spec]));
    for (const [deployment, volume, usage] of [['flux-service', 'tls', 'server auth'], ['flux-gateway', 'service-tls', 'client auth']]) {
      const { secretName } = find(list, 'Deployment', deployment).spec.template.spec.volumes.find((one) => one.name === volume).secret;
      assert.deepEqual(wanted[secretName].usages, ['digital signature', usage]);
      const { name: issuer, kind } = wanted[secretName].issuerRef;
      if (name === 'own-issuer') assert.deepEqual([issuer, kind], ['internal', 'ClusterIssuer']);
      else assert.equal(wanted[find(list, 'Issuer', issuer).spec.ca.secretName].isCA, true);
    }
    assert.ok(wanted['flux-service-issued-tls'].dnsNames.includes('flux-service'));
  }
});
