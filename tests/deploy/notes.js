// What helm says after an installation. Only `helm install` renders the notes, and even its dry run asks a cluster for its
// version and its kinds; so it is given one that knows nothing but those.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { chart, helms, valuesFile } = require('./chart.js');

const kinds = {
  v1: ['Secret', 'ConfigMap', 'Service', 'ServiceAccount', 'Pod'],
  'apps/v1': ['Deployment'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'policy/v1': ['PodDisruptionBudget'],
  'networking.k8s.io/v1': ['Ingress', 'NetworkPolicy'],
  'monitoring.coreos.com/v1': ['PodMonitor', 'PrometheusRule'],
};

// The answers of the cluster: its version, and which kinds there are.
function discovery() {
  const groups = Object.keys(kinds).filter((groupVersion) => groupVersion !== 'v1').map((groupVersion) => {
    const [name, version] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });
  const answers = {
    '/version': { major: '1', minor: '30', gitVersion: 'v1.30.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
  };
  for (const [groupVersion, names] of Object.entries(kinds)) {
    answers[groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`] = {
      kind: 'APIResourceList', groupVersion,
      resources: names.map((kind) => ({ name: `${kind.toLowerCase()}s`, singularName: '', namespaced: true, kind, verbs: ['get'] })),
    };
  }
  return answers;
}

async function notes({ files = [], set = [] }) {
  const answers = discovery();
  const cluster = http.createServer((request, reply) => {
    const answer = answers[request.url.split('?')[0]];
    reply.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  });
  await new Promise((resolve) => cluster.listen(0, '127.0.0.1', resolve));
  const args = ['install', 'flux', chart, '--dry-run=client', '--disable-openapi-validation', '--namespace', 'default',
    '--kubeconfig', '/dev/null', '--kube-apiserver', `http://127.0.0.1:${cluster.address().port}`];
  for (const file of files) args.push('-f', valuesFile(file));
  for (const one of set) args.push('--set', one);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-helm-'));  // helm keeps what it learns of a cluster
  const helm = spawn(helms.new, args, { env: { PATH: process.env.PATH, HOME: home } });
  let [out, err] = ['', ''];
  helm.stdout.on('data', (part) => { out += part; });
  helm.stderr.on('data', (part) => { err += part; });
  const code = await new Promise((resolve) => helm.on('close', resolve));
  cluster.close();
  fs.rmSync(home, { recursive: true });
  if (code !== 0) throw new Error(`helm install: ${err}`);
  return out.slice(out.indexOf('\nNOTES:'));
}

module.exports = { notes };
