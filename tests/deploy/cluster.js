// A cluster that knows nothing but its version, its kinds and its Secrets: enough for helm's dry runs, which ask for those.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { chart, helms, valuesFile } = require('./chart.js');

const kinds = {
  v1: ['Secret', 'ConfigMap', 'Service', 'ServiceAccount', 'Pod', 'PersistentVolumeClaim'],
  'apps/v1': ['Deployment'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'policy/v1': ['PodDisruptionBudget'],
  'networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
  'monitoring.coreos.com/v1': ['PodMonitor', 'PrometheusRule'],
};
const certManager = { 'cert-manager.io/v1': ['Certificate', 'Issuer'] };

// The answers of a cluster with these kinds and Secrets, by path.
function answersOf(known, secrets) {
  const groups = Object.keys(known).filter((groupVersion) => groupVersion !== 'v1').map((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });
  const answers = {
    '/version': { major: '1', minor: '30', gitVersion: 'v1.30.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
  };
  for (const [groupVersion, names] of Object.entries(known)) {
    answers[groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`] = {
      kind: 'APIResourceList', groupVersion,
      resources: names.map((kind) => ({ name: `${kind.toLowerCase()}s`, singularName: '', namespaced: true, kind, verbs: ['get'] })),
    };
  }
  for (const secret of secrets) answers[`/api/v1/namespaces/default/secrets/${secret.metadata.name}`] = secret;
  return answers;
}

// Runs helm with `args`, values files and sets, against a cluster that holds `secrets` (objects) and maybe cert-manager.
async function helmAt({ args, files = [], set = [], secrets = [], withCertManager = false }) {
  const answers = answersOf({ ...kinds, ...(withCertManager ? certManager : {}) }, secrets);
  const cluster = http.createServer((request, reply) => {
    const answer = answers[request.url.split('?')[0]];
    const nothing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
    reply.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? nothing));
  });
  await new Promise((resolve) => cluster.listen(0, '127.0.0.1', resolve));
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-helm-'));  // helm keeps what it learns of a cluster
  try {
    const where = ['--namespace', 'default', '--kubeconfig', '/dev/null', '--kube-apiserver', `http://127.0.0.1:${cluster.address().port}`];
    const values = [...files.flatMap((file) => ['-f', valuesFile(file)]), ...set.flatMap((one) => ['--set', one])];
    const helm = spawn(helms.new, [...args, ...where, ...values], { env: { PATH: process.env.PATH, HOME: home } });
    let [out, err] = ['', ''];
    helm.stdout.on('data', (part) => { out += part; });
    helm.stderr.on('data', (part) => { err += part; });
    const code = await new Promise((resolve) => helm.on('close', resolve));
    if (code !== 0) throw new Error(`helm ${args[0]}: ${err}`);
    return out;
  } finally {
    cluster.close();
    fs.rmSync(home, { recursive: true });
  }
}

// What helm says after an installation.
async function notes(options) {
  const args = ['install', 'flux', chart, '--dry-run=client', '--disable-openapi-validation'];
  const out = await helmAt({ ...options, args });
  return out.slice(out.indexOf('\nNOTES:'));
}

// The manifests of an installation or upgrade that looks into the cluster.
function manifests({ apiVersions = [], ...options }) {
  const known = apiVersions.flatMap((one) => ['--api-versions', one]);
  return helmAt({ ...options, args: ['template', 'flux', chart, '--dry-run=server', '--validate=false', '--kube-version', '1.30.0', ...known] });
}

module.exports = { notes, manifests };
