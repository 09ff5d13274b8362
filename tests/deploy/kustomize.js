// What deploy/k8s/kustomize holds that follows from the chart, and how the two are compared.
'use strict';
const path = require('node:path');
const YAML = require('yaml');
const { root, objects } = require('./chart.js');

const folder = path.join(root, 'deploy/k8s/kustomize');
const baseValues = path.join(folder, 'base.values.yaml');
const overlays = { 'overlays/dev': 'values-dev.yaml', 'overlays/prod': 'values-prod.yaml' };

const idOf = (object) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`;
const isHook = (object) => object.metadata.annotations?.['helm.sh/hook'] !== undefined;

// Takes away what only a release has: helm's own labels, the namespace, the checksum that restarts pods.
function withoutRelease(object) {
  const copy = structuredClone(object);
  delete copy.metadata.namespace;
  for (const label of ['helm.sh/chart', 'app.kubernetes.io/managed-by']) delete copy.metadata.labels?.[label];
  const template = copy.spec?.template?.metadata;
  if (template?.annotations) {
    delete template.annotations['checksum/config'];
    if (Object.keys(template.annotations).length === 0) delete template.annotations;
  }
  return copy;
}

// No helm, no certificates made on the way: an overlay finds them in these Secrets, whoever has made them.
const secrets = { serviceTls: { serverSecret: 'flux-service-tls', clientSecret: 'flux-service-client-tls' } };
const fromChart = (files, values = secrets) => objects({ files, values }).filter((object) => !isHook(object)).map(withoutRelease);

// Objects by id, with lists whose order means nothing (env, volumes, mounts) sorted by name, and
// without such lists that are empty.
function normalised(list) {
  const sorted = (value) => {
    if (Array.isArray(value)) {
      const members = value.map(sorted);
      const named = members.length > 0 && members.every((member) => typeof member?.name === 'string');
      return named ? members.sort((a, b) => a.name.localeCompare(b.name)) : members;
    }
    if (value === null || typeof value !== 'object') return value;
    const none = (key) => ['volumes', 'volumeMounts'].includes(key) && value[key].length === 0;
    return Object.fromEntries(
      Object.keys(value).sort().filter((key) => !none(key)).map((key) => [key, sorted(value[key])]));
  };
  return Object.fromEntries(list.map((object) => [idOf(object), sorted(withoutRelease(object))])
    .sort(([a], [b]) => a.localeCompare(b)));
}

// The generated files by name: the base's objects by component, and what each overlay and component has beyond the base.
function generated() {
  const header = '# Made from the chart by scripts/render-kustomize; change the chart, or patch in an overlay.\n';
  const text = (list) => header + list.map((object) => YAML.stringify(object, { lineWidth: 0 })).join('---\n');
  const base = fromChart([baseValues]);
  const ids = new Set(base.map(idOf));
  const files = {};
  for (const component of ['gateway', 'service']) {
    files[`base/${component}.yaml`] =
      text(base.filter((object) => object.metadata.labels['app.kubernetes.io/component'] === component));
  }
  for (const [overlay, values] of Object.entries(overlays)) {
    files[`${overlay}/resources.yaml`] = text(fromChart([values]).filter((object) => !ids.has(idOf(object))));
  }
  // What cert-manager would be asked for, into the Secrets that the base mounts.
  const values = structuredClone(secrets);
  values.serviceTls.certManager = { enabled: true };
  files['components/cert-manager/certificates.yaml'] = text(fromChart([baseValues], values).filter((object) => !ids.has(idOf(object))));
  return files;
}

module.exports = { folder, overlays, baseValues, fromChart, normalised, generated };
