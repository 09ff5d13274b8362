// Every way to install the chart, by two helms: it lints, renders, fits Kubernetes' schemas, and keeps to the rules that
// hold for every object whatever the values say.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { chart, helms, run, objects, withoutMade, find, containerOf, valuesFile } = require('./chart.js');
const { matrix } = require('./matrix.js');
const { problems } = require('./schemas.js');

const podsOf = (list) =>
  list.flatMap((object) =>
    object.kind === 'Deployment' ? [[object.metadata.name, object.spec.template.spec]]
      : object.kind === 'Pod' ? [[object.metadata.name, object.spec]] : []);
const matches = (selector, labels) => Object.entries(selector).every(([key, value]) => labels[key] === value);

for (const [name, files] of Object.entries(matrix)) {
  for (const helm of Object.keys(helms)) {
    test(`${name}: helm lint --strict (${helm})`, () => {
      const done = run(helms[helm], ['lint', '--strict', chart, ...files.flatMap((file) => ['-f', valuesFile(file)])]);
      assert.equal(done.code, 0, done.out + done.err);
    });
  }

  test(`${name}: both helms render the same`, () => {
    assert.deepEqual(withoutMade(objects({ files, helm: 'old' })), withoutMade(objects({ files, helm: 'new' })));
  });

  test(`${name}: every object fits its schema`, () => {
    assert.deepEqual(objects({ files }).flatMap(problems), []);
  });

  test(`${name}: no object twice, all in the namespace, all labelled, strings where Kubernetes wants strings`, () => {
    const list = objects({ files, namespace: 'pictures-ns' });
    const ids = list.map((object) => `${object.kind} ${object.metadata.name}`);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const object of list) {
      assert.equal(object.metadata.namespace, 'pictures-ns');
      assert.equal(object.metadata.labels['app.kubernetes.io/part-of'], 'flux');
      for (const value of Object.values({ ...object.metadata.labels, ...object.metadata.annotations })) {
        assert.equal(typeof value, 'string');
      }
    }
  });

  test(`${name}: every pod keeps to the "restricted" standard`, () => {
    for (const [pod, spec] of podsOf(objects({ files }))) {
      assert.equal(spec.automountServiceAccountToken, false, pod);
      assert.equal(spec.enableServiceLinks, false, pod);
      assert.equal(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC, undefined, pod);
      assert.equal(spec.securityContext.runAsNonRoot, true, pod);
      assert.ok(spec.securityContext.runAsUser > 0, pod);
      assert.deepEqual(spec.securityContext.seccompProfile, { type: 'RuntimeDefault' }, pod);
      for (const volume of spec.volumes ?? []) assert.ok(volume.secret ?? volume.configMap ?? volume.persistentVolumeClaim, `${pod}: ${volume.name}`);
      for (const container of spec.containers) {
        assert.deepEqual(container.securityContext,
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, pod);
        const names = (container.env ?? []).map((one) => one.name);
        assert.deepEqual(names, [...new Set(names)], pod);
      }
    }
  });

  test(`${name}: selectors find the pods they mean, and ports that have a name there`, () => {
    const list = objects({ files });
    const deployments = list.filter((object) => object.kind === 'Deployment');
    const pods = list.flatMap((object) => object.kind === 'Deployment' ? [object]
      : object.kind === 'CronJob' ? [{ ...object, spec: object.spec.jobTemplate.spec }] : []);
    const selected = (selector) => pods.filter((object) => matches(selector, object.spec.template.metadata.labels));
    for (const deployment of deployments) assert.deepEqual(selected(deployment.spec.selector.matchLabels), [deployment]);
    for (const object of list) {
      const selector = object.kind === 'Service' ? object.spec.selector
        : ['NetworkPolicy', 'PodDisruptionBudget', 'PodMonitor'].includes(object.kind)
          ? (object.spec.podSelector ?? object.spec.selector).matchLabels : undefined;
      if (selector === undefined) continue;
      const [deployment, ...more] = selected(selector);
      assert.ok(deployment && more.length === 0, `${object.kind} ${object.metadata.name}`);
      const named = (containerOf(deployment).ports ?? []).map((port) => port.name);
      const asked = object.kind === 'Service' ? object.spec.ports.map((port) => port.targetPort)
        : object.kind === 'PodMonitor' ? object.spec.podMetricsEndpoints.map((endpoint) => endpoint.port)
          : (object.spec.ingress ?? []).flatMap((rule) => rule.ports.map((port) => port.port));
      for (const port of asked) assert.ok(named.includes(port), `${object.kind} ${object.metadata.name}: port ${port}`);
    }
    for (const monitor of list.filter((object) => object.kind === 'ServiceMonitor')) {
      const services = list.filter((object) => object.kind === 'Service' &&
        matches(monitor.spec.selector.matchLabels, object.metadata.labels));
      for (const { port } of monitor.spec.endpoints) {
        assert.equal(services.filter((service) => service.spec.ports.some((one) => one.name === port)).length, 1);
      }
    }
  });

  test(`${name}: volumes, mounts and files that settings name belong together`, () => {
    for (const deployment of objects({ files }).filter((object) => object.kind === 'Deployment')) {
      const { volumes = [] } = deployment.spec.template.spec;
      const { volumeMounts = [], env } = containerOf(deployment);
      assert.deepEqual(volumes.map((one) => one.name).sort(), volumeMounts.map((one) => one.name).sort());
      const claims = volumes.filter((one) => one.persistentVolumeClaim).map((one) => one.name);
      for (const { name: mount, readOnly, subPath } of volumeMounts) {
        assert.equal(readOnly ?? false, !claims.includes(mount), mount);
        assert.equal(subPath, undefined, 'only a whole directory is kept up to date');
      }
      const store = env.find((one) => one.name === 'FLUX_STORE')?.value ?? '';
      assert.equal(store.startsWith('sqlite:'), claims.length === 1, store);
      if (claims.length > 0) assert.ok(store.startsWith(`sqlite:${volumeMounts.find((one) => claims.includes(one.name)).mountPath}/`), store);
      for (const { name: setting, value } of env.filter((one) => one.value?.startsWith('/'))) {
        const mount = volumeMounts.find((one) => value.startsWith(`${one.mountPath}/`));
        assert.ok(mount, `${setting}=${value} is under no mount`);
        const { secret } = volumes.find((one) => one.name === mount.name);
        if (secret) assert.ok(secret.items.some((item) => `${mount.mountPath}/${item.path}` === value), `${setting}=${value}`);
      }
    }
  });

  test(`${name}: replicas are the autoscaler's where there is one; a budget only above one replica`, () => {
    const list = objects({ files });
    for (const deployment of list.filter((object) => object.kind === 'Deployment')) {
      const { name: target } = deployment.metadata;
      const scaler = find(list, 'HorizontalPodAutoscaler', target);
      assert.equal(deployment.spec.replicas === undefined, scaler !== undefined, target);
      const least = scaler ? scaler.spec.minReplicas : deployment.spec.replicas;
      if (find(list, 'PodDisruptionBudget', target)) assert.ok(least > 1, target);
      else if (name !== 'open-network') assert.equal(least, 1, target);
    }
  });
}
