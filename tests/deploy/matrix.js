// The values files that the tests render: what a site would write, and together every branch of the templates.
'use strict';
const path = require('node:path');

const own = (name) => path.join(__dirname, 'values', `${name}.yaml`);
module.exports = {
  dev: ['values-dev.yaml'],
  prod: ['values-prod.yaml'],
  everything: [own('everything')],
  'secrets made': [own('secrets-made')],
  'per replica': [own('per-replica')],
};
