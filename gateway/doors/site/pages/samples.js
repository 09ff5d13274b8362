// Programs that send one documented request, in four languages. The page shows them, and tests run them.
// Pure: no document, no network.

export const LANGUAGES = ['curl', 'Python', 'JavaScript', 'Go'];

// What a document says to send for one operation: {method, url, body, headers, key}. `body` is JSON or undefined, `key` whether a
// key may be asked for. Parameters have their example; one without is left as it is in the path, or given by `values`.
export function requestFor(document, path, method, {base = '', example, values = {}} = {}) {
  const operation = document.paths[path][method];
  const resolve = (item) => (item.$ref ? item.$ref.slice(2).split('/').reduce((at, name) => at[name], document) : item);
  const query = new URLSearchParams();
  const headers = {};
  let filled = path;
  for (const parameter of (operation.parameters ?? []).map(resolve)) {
    const value = values[parameter.name] ?? parameter.example;
    if (value === undefined) continue;
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === 'query') query.set(parameter.name, value);
    if (parameter.in === 'header') headers[parameter.name] = value;
  }
  const examples = operation.requestBody?.content['application/json']?.examples ?? {};
  const body = examples[example ?? Object.keys(examples)[0]]?.value;
  const url = base + filled + (query.size > 0 ? `?${query}` : '');
  return {method: method.toUpperCase(), url, body, headers, key: operation.security.length > 0};
}

export function sample(language, request) {
  return {curl, Python: python, JavaScript: javascript, Go: go}[language](request);
}

function pretty(value) {
  return JSON.stringify(value, null, 2);
}

function shell(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl({method, url, body, headers, key}) {
  const parts = [`curl -sS --max-time 180 ${shell(url)}`];
  if (method !== 'GET' && body === undefined) parts[0] += ` -X ${method}`;
  if (key) parts.push('-H "Authorization: Bearer $FLUX_API_KEY"');
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${shell(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${shell(pretty(body))}`);
  return parts.join(' \\\n  ') + '\n';
}

function pythonValue(value, indent = '') {
  const inner = `${indent}    `;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map((member) => pythonValue(member, inner)).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${inner}${JSON.stringify(name)}: ${pythonValue(member, inner)},\n`);
  return `{\n${members.join('')}${indent}}`;
}

function python({method, url, body, headers: further, key}) {
  const imports = [body === undefined ? '' : 'import json\n', key ? 'import os\n' : '', 'import urllib.request\n'].join('');
  const headers = [];
  if (key) headers.push(`"Authorization": "Bearer " + os.environ.get("FLUX_API_KEY", "")`);
  for (const [name, value] of Object.entries(further)) headers.push(`${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  if (body !== undefined) headers.push('"Content-Type": "application/json"');
  const data = body === undefined ? '' : `    data=json.dumps(body).encode(),\n`;
  return `${imports}
${body === undefined ? '' : `body = ${pythonValue(body)}\n`}request = urllib.request.Request(
    ${JSON.stringify(url)},
${data}    headers={${headers.join(', ')}},
    method="${method}",
)
with urllib.request.urlopen(request, timeout=180) as reply:
    print(reply.read().decode())
`;
}

function javascript({method, url, body, headers: further, key}) {
  const headers = [];
  if (key) headers.push("    Authorization: `Bearer ${process.env.FLUX_API_KEY ?? ''}`,\n");
  for (const [name, value] of Object.entries(further)) headers.push(`    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  if (body !== undefined) headers.push("    'Content-Type': 'application/json',\n");
  const lines = [`  method: '${method}',\n`];
  if (headers.length > 0) lines.push(`  headers: {\n${headers.join('')}  },\n`);
  if (body !== undefined) lines.push(`  body: JSON.stringify(${pretty(body).replaceAll('\n', '\n  ')}),\n`);
  lines.push('  signal: AbortSignal.timeout(180_000),\n');
  return `const reply = await fetch(${JSON.stringify(url)}, {
${lines.join('')}});
console.log(await reply.text());
if (!reply.ok) throw new Error(\`HTTP \${reply.status}\`);
`;
}

function go({method, url, body, headers, key}) {
  const sets = Object.entries(headers).map(([name, value]) => `\trequest.Header.Set(${JSON.stringify(name)}, ${JSON.stringify(value)})\n`);
  const imports = ['"fmt"', '"io"', '"net/http"', ...(key ? ['"os"'] : []), ...(body === undefined ? [] : ['"strings"']), '"time"'];
  const reader = body === undefined ? 'nil' : 'strings.NewReader(body)';
  const constant = body === undefined ? '' : `\tconst body = \`${pretty(body)}\`\n`;
  return `package main

import (
${imports.map((name) => `\t${name}\n`).join('')})

func main() {
${constant}\trequest, err := http.NewRequest("${method}", ${JSON.stringify(url)}, ${reader})
\tif err != nil {
\t\tpanic(err)
\t}
${sets.join('')}${key ? '\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("FLUX_API_KEY"))\n' : ''}${
    body === undefined ? '' : '\trequest.Header.Set("Content-Type", "application/json")\n'}\tclient := http.Client{Timeout: 180 * time.Second}
\treply, err := client.Do(request)
\tif err != nil {
\t\tpanic(err)
\t}
\tdefer reply.Body.Close()
\ttext, err := io.ReadAll(reply.Body)
\tif err != nil {
\t\tpanic(err)
\t}
\tfmt.Println(string(text))
\tif reply.StatusCode >= 300 {
\t\tpanic(reply.Status)
\t}
}
`;
}
