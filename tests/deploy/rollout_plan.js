// How the chart would start gateway and service, and stop them: as JSON, for a rehearsal of a rollout without a cluster.
//   node tests/deploy/rollout_plan.js [VALUES FILE...]      values-prod.yaml unless told otherwise
// {"gateway": {...}, "service": {...}}, each: program, args, environment (without what a Secret or ConfigMap is named for),
// replicas, maxSurge, maxUnavailable, preStop (null: none), drainDelaySeconds, drainGraceSeconds, terminationGracePeriodSeconds,
// readinessProbe.
'use strict';
const path = require('node:path');
const { chart, containerOf, objects } = require('./chart.js');

function plan(files = ['values-prod.yaml']) {
  const list = objects({ files });
  const one = (component, program) => {
    const deployment = list.find((object) => object.kind === 'Deployment' &&
      object.metadata.labels['app.kubernetes.io/component'] === component);
    const scaler = list.find((object) => object.kind === 'HorizontalPodAutoscaler' && object.metadata.name === deployment.metadata.name);
    const container = containerOf(deployment);
    const environment = Object.fromEntries(container.env.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]));
    const seconds = (name) => {
      if (!/^\d+s$/.test(environment[name])) throw new Error(`${name} is not in seconds: ${environment[name]}`);
      return parseInt(environment[name]);
    };
    return {
      program,
      args: container.args ?? [],
      environment,
      replicas: deployment.spec.replicas ?? scaler.spec.minReplicas,
      maxSurge: deployment.spec.strategy.rollingUpdate.maxSurge,
      maxUnavailable: deployment.spec.strategy.rollingUpdate.maxUnavailable,
      preStop: container.lifecycle?.preStop ?? null,
      drainDelaySeconds: seconds('FLUX_DRAIN_DELAY'),
      drainGraceSeconds: seconds('FLUX_DRAIN_GRACE'),
      terminationGracePeriodSeconds: deployment.spec.template.spec.terminationGracePeriodSeconds,
      readinessProbe: container.readinessProbe,
    };
  };
  return { gateway: one('gateway', 'flux-gateway'), service: one('service', 'flux-service') };
}

if (require.main === module) {
  const files = process.argv.slice(2).map((file) => path.relative(chart, path.resolve(file)));
  console.log(JSON.stringify(plan(files.length > 0 ? files : undefined), null, 2));
}

module.exports = { plan };
