// deploy/make-certificates: what it makes is good for what it is for, and running programs follow when it is run again, even
// when the authority is followed by the next one.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { root, parse, objects, find, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { probe, until } = require('./probes.js');
const { problems } = require('./schemas.js');
const { withFolder, makeCertificates, layOut, start, simulatorHere, simulatorPorts, buyingAt } = require('./programs.js');

const openssl = (...args) => {
  const done = spawnSync('openssl', args, { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
};

test('names, uses, keys and Secrets are right; keys are their owner\'s alone', () => withFolder((folder) => {
  const { service, out } = makeCertificates(folder, '--name', 'pictures.example.com', '--client', 'batch', '--namespace', 'media', '--secrets');
  const at = (file) => path.join(folder, 'certificates', file);
  for (const name of ['flux-service', 'flux-service.media.svc', 'pictures.example.com']) {
    openssl('verify', '-x509_strict', '-CAfile', at('gateway/ca.crt'), '-purpose', 'sslserver', '-verify_hostname', name, at('service/tls.crt'));
  }
  openssl('verify', '-x509_strict', '-CAfile', at('service/ca.crt'), '-purpose', 'sslclient', at('gateway/tls.crt'), at('batch/tls.crt'));
  assert.notEqual(spawnSync('openssl', ['verify', '-CAfile', at('service/ca.crt'), '-purpose', 'sslserver', at('batch/tls.crt')]).status, 0,
    'a caller cannot pass itself off as flux-service');
  for (const file of ['authority/ca.key', 'service/tls.key', 'gateway/tls.key']) assert.equal(fs.statSync(at(file)).mode & 0o077, 0, file);
  const secrets = parse(out);
  assert.deepEqual(secrets.flatMap(problems), []);
  assert.deepEqual(secrets.map((one) => [one.metadata.name, one.metadata.namespace]),
    ['flux-service-tls', 'flux-service-client-tls', 'flux-service-client-batch-tls'].map((name) => [name, 'media']));
  assert.equal(Buffer.from(secrets[0].data['tls.key'], 'base64').toString(), service['tls.key'].toString());
}));

test('what it does not understand it refuses', () => withFolder((folder) => {
  for (const args of [[], ['a', 'b'], ['a', '--client'], ['a', '--client', 'authority'], ['a', '--client', '../x'], ['a', '--days', '3']]) {
    const done = spawnSync(path.join(root, 'deploy/make-certificates'), args, { encoding: 'utf8', cwd: folder });
    assert.equal(done.status, 2, args.join(' '));
    assert.notEqual(done.stderr, '');
  }
  assert.deepEqual(fs.readdirSync(folder), []);
}));

test('programs that run follow the next authority, and no picture fails meanwhile', () => withFolder(async (folder) => {
  // An authority in its last two years: the first run makes the next one.
  const authority = path.join(folder, 'certificates/authority');
  fs.mkdirSync(authority, { recursive: true });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=the first', '-days', '700',
    '-keyout', path.join(authority, 'ca.key'), '-out', path.join(authority, 'ca.crt'));
  const first = makeCertificates(folder);
  const list = objects({ files: matrix.dev, values: { serviceTls: { serverSecret: 's', clientSecret: 'c' } } });
  const running = [];
  const places = {};
  const pod = async (name, change, ports) => {
    const deployment = find(list, 'Deployment', `flux-${name}`);
    places[name] = path.join(folder, name);
    fs.mkdirSync(places[name]);
    layOut(deployment, list, places[name], first);
    const program = await start(deployment, places[name], change, ports);
    running.push(program);
    await until(`${name} ready`, () => probe(containerOf(deployment).readinessProbe, program.address));
    return program.address;
  };
  try {
    const sim = await pod('simulator', simulatorHere, simulatorPorts);
    const service = await pod('service', { ...buyingAt(sim), FLUX_MAX_CONNECTION_AGE: '2s' }, ['grpc', 'metrics']);
    const gateway = await pod('gateway', { FLUX_LISTEN: '127.0.0.1:0', FLUX_ADMIN_LISTEN: '127.0.0.1:0', FLUX_SERVICE: service.grpc,
      FLUX_SERVICE_CONNECTION_AGE: '1s' }, ['http', 'admin']);
    const picture = async () => {
      const reply = await fetch(`http://${gateway.http}/api/v1/flux/text-to-image/schnell`, { method: 'POST', body: '{"prompt":"a lighthouse"}' });
      assert.equal(reply.status, 200, await reply.text());
    };
    // The certificate that the service shows to a caller with these files.
    const shown = (files) => new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port: Number(service.grpc.split(':')[1]), ca: files['ca.crt'], cert: files['tls.crt'],
        key: files['tls.key'], ALPNProtocols: ['h2'], servername: 'flux-service' }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });
    const print = (files) => new X509Certificate(files['tls.crt']).fingerprint256;
    const bring = (files, side, volume) => {
      for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(places[side], volume, name), text);
    };
    await picture();
    assert.equal(await shown(first.gateway), print(first.service));

    const twoDaysAgo = new Date(Date.now() - 2 * 86400000);
    fs.utimesSync(path.join(authority, 'next.crt'), twoDaysAgo, twoDaysAgo);
    const second = makeCertificates(folder);
    assert.ok(!new X509Certificate(second.service['tls.crt']).checkIssued(new X509Certificate(first.gateway['ca.crt'])), 'the next authority signs');
    // The service has its new files before the gateway has, as pods on two nodes would.
    bring(second.service, 'service', 'tls');
    await until('the service shows its new certificate', async () => {
      await picture();
      return await shown(first.gateway) === print(second.service);
    });
    bring(second.gateway, 'gateway', 'service-tls');
    for (const end = Date.now() + 7000; Date.now() < end;) await picture();  // files are looked at every 5 s
    assert.equal(await shown(second.gateway), print(second.service));
  } finally {
    await Promise.all(running.map((program) => program.stop()));
  }
}));
