// The NetworkPolicies as an attacker would read them: who reaches what. A small model of Kubernetes' rules says yes or no.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const net = require('node:net');
const { objects, containerOf } = require('./chart.js');
const { matrix } = require('./matrix.js');

const matches = (selector, labels) =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
const component = (name) => ({
  'app.kubernetes.io/name': 'flux', 'app.kubernetes.io/instance': 'flux', 'app.kubernetes.io/component': name,
});
const namespace = (name) => ({ 'kubernetes.io/metadata.name': name });

// Ends of a connection: pods by labels and their namespace's, or an address outside.
const home = namespace('default');
const pods = Object.fromEntries(['gateway', 'service', 'simulator', 'test'].map((name) => [name, { labels: component(name), ns: home }]));
const client = { labels: { 'flux-client': 'true' }, ns: home };
const foreignClient = { labels: { 'flux-client': 'true' }, ns: namespace('other') };
const stranger = { labels: {}, ns: home };
const prometheus = { labels: {}, ns: namespace('monitoring') };
const dns = { labels: { 'k8s-app': 'kube-dns' }, ns: namespace('kube-system') };
const redis = { labels: { 'app.kubernetes.io/name': 'redis' }, ns: home };
const postgres = { labels: { 'app.kubernetes.io/name': 'postgresql' }, ns: home };
const internet = { address: '151.101.1.1' };
const internet6 = { address: '2a04:4e42::1' };
const metadataServer = { address: '169.254.169.254' };
const inside = { address: '10.1.2.3' };

function within(address, cidr) {
  const [base, prefix] = cidr.split('/');
  if (net.isIP(address) !== net.isIP(base)) return false;
  const list = new net.BlockList();
  list.addSubnet(base, Number(prefix), net.isIPv6(base) ? 'ipv6' : 'ipv4');
  return list.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

function isPeer(peer, end) {
  if (peer.ipBlock) {
    return end.address !== undefined && within(end.address, peer.ipBlock.cidr) &&
      !(peer.ipBlock.except ?? []).some((cidr) => within(end.address, cidr));
  }
  if (end.address !== undefined) return false;
  const nsMatches = peer.namespaceSelector ? matches(peer.namespaceSelector, end.ns) : end.ns === home;
  return nsMatches && (!peer.podSelector || matches(peer.podSelector, end.labels));
}

// Whether `list` lets `pod` talk in a direction ("ingress"/"egress") with `end` at `port`.
function allowed(list, pod, direction, end, port) {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const policies = list.filter((object) => object.kind === 'NetworkPolicy' && pod.ns === home &&
    matches(object.spec.podSelector, pod.labels) && object.spec.policyTypes.includes(type));
  if (policies.length === 0) return true;
  const named = (name) => list.filter((object) => object.kind === 'Deployment' && matches(object.spec.selector, pod.labels))
    .flatMap((object) => containerOf(object).ports).find((one) => one.name === name)?.containerPort;
  return policies.flatMap((policy) => policy.spec[direction] ?? []).some((rule) =>
    (!rule.ports || rule.ports.some((one) => (typeof one.port === 'string' ? named(one.port) : one.port) === port)) &&
    (!(rule.from ?? rule.to) || (rule.from ?? rule.to).some((peer) => isPeer(peer, end))));
}

const prod = objects({ files: matrix.prod });
const minimal = objects({ files: matrix.minimal });
const dev = objects({ files: matrix.dev });
const told = objects({ files: matrix.told });
const hooked = objects({ files: matrix.dev, set: ['publicUrl=http://flux-gateway'] });
const shop = { labels: {}, ns: namespace('shop') };
const ingress = { labels: {}, ns: namespace('ingress-nginx') };
// [who, where to, port, yes or no]; both ends must agree where both are ours.
const rows = [
  ['the internet reaches the gateway', prod, internet, pods.gateway, 8080, true],
  ['the internet does not reach the admin port', prod, internet, pods.gateway, 9090, false],
  ['the internet does not reach the service', prod, internet, pods.service, 50051, false],
  ['a neighbour reaches no admin port', prod, stranger, pods.gateway, 9090, false],
  ['a neighbour does not reach the service', prod, stranger, pods.service, 50051, false],
  ['a neighbour does not read the service\'s metrics', prod, stranger, pods.service, 9091, false],
  ['Prometheus reads the gateway\'s metrics', prod, prometheus, pods.gateway, 9090, true],
  ['Prometheus reads the service\'s metrics', prod, prometheus, pods.service, 9091, true],
  ['Prometheus does not reach gRPC', prod, prometheus, pods.service, 50051, false],
  ['the gateway reaches the service', prod, pods.gateway, pods.service, 50051, true],
  ['the gateway does not read its metrics', prod, pods.gateway, pods.service, 9091, false],
  ['a labelled client reaches the service', prod, client, pods.service, 50051, true],
  ['a labelled client elsewhere does not', prod, foreignClient, pods.service, 50051, false],
  ['the release\'s test reaches the admin port', prod, pods.test, pods.gateway, 9090, true],
  ['the service reaches fal', prod, pods.service, internet, 443, true],
  ['the service reaches fal over IPv6', prod, pods.service, internet6, 443, true],
  ['the service leaves by 443 alone', prod, pods.service, internet, 80, false],
  ['the service does not reach the cloud\'s metadata', prod, pods.service, metadataServer, 443, false],
  ['the service does not reach the cluster\'s own addresses', prod, pods.service, inside, 443, false],
  ['the service does not reach Redis', prod, pods.service, redis, 6379, false],
  ['the service resolves names', prod, pods.service, dns, 53, true],
  ['the service reaches nothing else there', prod, pods.service, dns, 443, false],
  ['the gateway does not leave', prod, pods.gateway, internet, 443, false],
  ['the gateway resolves names', prod, pods.gateway, dns, 53, true],
  ['the gateway reaches Redis', prod, pods.gateway, redis, 6379, true],
  ['the gateway has no way to Redis without one', minimal, pods.gateway, redis, 6379, false],
  ['the service reaches the simulator', dev, pods.service, pods.simulator, 8090, true],
  ['the service reaches the simulator\'s queue', dev, pods.service, pods.simulator, 8091, true],
  ['the service reaches the simulator\'s history', dev, pods.service, pods.simulator, 8092, true],
  ['nobody else reaches the simulator\'s queue', dev, stranger, pods.simulator, 8091, false],
  ['nobody else reads the simulator\'s history', dev, stranger, pods.simulator, 8092, false],
  ['the service reaches PostgreSQL', prod, pods.service, postgres, 5432, true],
  ['the gateway does not reach PostgreSQL', prod, pods.gateway, postgres, 5432, false],
  ['the service has no way to PostgreSQL without one', minimal, pods.service, postgres, 5432, false],
  ['the service does not leave where the simulator is', dev, pods.service, internet, 443, false],
  ['the gateway does not reach the simulator', dev, pods.gateway, pods.simulator, 8090, false],
  ['the service tells receivers on the internet', minimal, pods.service, internet, 443, true],
  ['the service tells receivers that are named', told, pods.service, shop, 8443, true],
  ['the service tells receivers at addresses that are named', told, pods.service, { address: '10.9.1.2' }, 443, true],
  ['the service tells no others inside', told, pods.service, inside, 443, false],
  ['the service tells them at the named ports alone', told, pods.service, shop, 80, false],
  ['fal\'s webhooks come by the ingress', told, ingress, pods.gateway, 8080, true],
  ['and by nothing else', told, internet, pods.gateway, 8080, false],
  ['the simulator\'s webhooks reach the gateway', hooked, pods.simulator, pods.gateway, 8080, true],
  ['the simulator reaches nothing else', hooked, pods.simulator, pods.gateway, 9090, false],
  ['the simulator has no way to the gateway without webhooks', dev, pods.simulator, pods.gateway, 8080, false],
  ['pictures of the simulator are for all', dev, stranger, pods.simulator, 8090, true],
  ['the simulator does not leave', dev, pods.simulator, internet, 443, false],
];
for (const [name, list, from, to, port, yes] of rows) {
  test(name, () => {
    const leaves = from.address !== undefined || allowed(list, from, 'egress', to, port);
    const enters = to.address !== undefined || allowed(list, to, 'ingress', from, port);
    assert.equal(leaves && enters, yes);
  });
}

test('a PostgreSQL elsewhere can be named', () => {
  const set = ['networkPolicy.postgresTo[0].ipBlock.cidr=10.1.2.0/24,networkPolicy.postgresPort=6432,fluxService.store.postgres.url=postgres://flux@db:6432/flux'];
  const list = objects({ files: matrix.prod, set });
  assert.equal(allowed(list, pods.service, 'egress', inside, 6432), true);
  assert.equal(allowed(list, pods.service, 'egress', inside, 5432), false);
  assert.equal(allowed(list, pods.service, 'egress', postgres, 6432), false);
});

test('peers of the public port can be named, clients can be none', () => {
  const list = objects({ files: matrix.autoscaled });
  assert.equal(allowed(list, pods.gateway, 'ingress', internet, 8080), false);
  assert.equal(allowed(list, pods.gateway, 'ingress', { labels: {}, ns: namespace('ingress-nginx') }, 8080), true);
  assert.equal(allowed(objects({ files: matrix['mutual-tls'] }), pods.service, 'ingress', client, 50051), false);
});
