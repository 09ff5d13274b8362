// Checks an object against the schema of its kind. Kubernetes' schemas allow fields they do not know, the API server
// drops them or refuses; so a field that the schema's code never looks at counts as a mistake too.
'use strict';

const packages = {
  'cert-manager.io': '@kubernetes-models/cert-manager/cert-manager.io',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api/gateway.networking.k8s.io',
};

function modelOf({ apiVersion, kind }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const base = packages[group] ?? (group ? `kubernetes-models/${group}` : 'kubernetes-models');
  const model = require(`${base}/${version}`)[kind];
  if (!model) throw new Error(`no schema of ${apiVersion} ${kind}`);
  return model;
}

// A copy of `value` that notes in `seen` the path of every property that is read.
function watched(value, path, seen) {
  if (value === null || typeof value !== 'object') return value;
  const copy = Array.isArray(value) ? [] : {};
  for (const [key, member] of Object.entries(value)) copy[key] = watched(member, `${path}/${key}`, seen);
  return new Proxy(copy, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(target, key)) seen.add(`${path}/${key}`);
      return target[key];
    },
  });
}

function* paths(value, path) {
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* paths(member, `${path}/${key}`);
  }
}

// What is wrong with the object: a list of sentences, empty if nothing.
function problems(object) {
  const title = `${object.kind} ${object.metadata?.name}`;
  const Model = modelOf(object);
  const model = new Model(object);
  try {
    model.validate();
  } catch (error) {
    return [`${title}: ${error.message}`];
  }
  const seen = new Set();
  const proxy = watched(object, '', seen);
  for (const key of Object.keys(object)) model[key] = proxy[key];
  seen.add('/apiVersion').add('/kind');
  model.validate();
  const unseen = new Set([...paths(object, '')].filter((path) => !seen.has(path)));
  return [...unseen]
    .filter((path) => !unseen.has(path.slice(0, path.lastIndexOf('/'))))  // the outermost only
    .map((path) => `${title}: ${path} is not a field of the schema`);
}

module.exports = { problems };
