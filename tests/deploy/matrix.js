// The values that every check of the chart runs over: each file is one way to install it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const own = path.join(__dirname, 'values');
const matrix = {
  dev: ['values-dev.yaml'],
  prod: ['values-prod.yaml'],
};
for (const file of fs.readdirSync(own)) matrix[path.basename(file, '.yaml')] = [path.join(own, file)];

module.exports = { matrix };
