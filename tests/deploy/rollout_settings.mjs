// What a rollout of the chart's defaults looks like, as JSON, for whoever replays one without a cluster: for gateway and
// service the container's arguments and environment, and the times that the kubelet and the program give each other.
// Arguments are further values files of the chart: node rollout_settings.mjs values-dev.yaml
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { objects, containerOf } = require('./chart.js');
const minimal = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'values/minimal.yaml');

const seconds = (duration) => Number(/^(\d+)s$/.exec(duration)[1]);

export function rolloutSettings(files = [minimal]) {
  const list = objects({ files });
  const settings = {};
  for (const component of ['gateway', 'service']) {
    const { spec } = list.find((object) => object.kind === 'Deployment' &&
      object.metadata.labels['app.kubernetes.io/component'] === component);
    const container = containerOf({ spec });
    const env = Object.fromEntries(container.env.filter((one) => one.value !== undefined).map((one) => [one.name, one.value]));
    settings[component] = {
      args: container.args ?? [],
      env,
      pre_stop: container.lifecycle?.preStop ?? null,
      drain_delay_seconds: seconds(env.FLUX_DRAIN_DELAY),
      drain_grace_seconds: seconds(env.FLUX_DRAIN_GRACE),
      request_timeout_seconds: seconds(env.FLUX_REQUEST_TIMEOUT),
      termination_grace_seconds: spec.template.spec.terminationGracePeriodSeconds,
      readiness_period_seconds: container.readinessProbe.periodSeconds,
      readiness_failures: container.readinessProbe.failureThreshold,
      max_surge: spec.strategy.rollingUpdate?.maxSurge ?? 0,
      max_unavailable: spec.strategy.rollingUpdate?.maxUnavailable ?? 1,
    };
  }
  // The name by which the gateway finds the service, and that the service's certificate must have.
  [, settings.service_name] = /^dns:\/\/\/(.*):50051$/.exec(settings.gateway.env.FLUX_SERVICE);
  return settings;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const files = process.argv.slice(2);
  console.log(JSON.stringify(rolloutSettings(files.length > 0 ? files : undefined), null, 2));
}
