// Draws openapi.json: contents on the left, words in the middle, code that can be run on the right. Text never becomes markup.
import {LANGUAGES, requestFor, sample} from './samples.js';

const source = new URL('openapi.json', document.baseURI);
const base = source.href.replace(/\/openapi\.json$/, '');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const byId = (id) => document.getElementById(id);
let api;
let language = LANGUAGES[0];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function resolve(item) {
  if (!item?.$ref) return item ?? {};
  const found = item.$ref.slice(2).split('/').reduce((at, name) => at?.[name], api);
  const {$ref, ...own} = item;
  return {...found, ...own};
}

// Sentences, with `code` between backticks.
function words(text) {
  return text.split('`').map((part, index) => (index % 2 ? element('code', {textContent: part}) : part));
}

function paragraphs(text) {
  return text.split('\n\n').map((part) => element('p', {}, ...words(part)));
}

// A schema in a few words: "whole number, 1 to 4", "jpeg, png".
function typeOf(schema) {
  schema = resolve(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.join(', ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}${span(schema.minItems, schema.maxItems)}`;
  if (schema.type === 'object') {
    const names = Object.entries(schema.properties ?? {}).map(([name, member]) => `${name}: ${typeOf(member)}`);
    return names.length > 0 && names.length <= 4 ? `{${names.join(', ')}}` : 'object';
  }
  if (schema.contentMediaType) return 'file';
  const names = {integer: 'whole number', number: 'number', boolean: 'true or false', string: schema.format === 'uri' ? 'URL or data URI' : 'text'};
  return (names[[schema.type].flat()[0]] ?? 'anything') + span(schema.minimum, schema.maximum);
}

function span(low, high) {
  if (low === undefined && high === undefined) return '';
  if (high === undefined || high > 1e15) return `, ${low} or more`;
  return low === undefined ? `, at most ${high}` : `, ${low} to ${high}`;
}

function field(name, schema, required, what) {
  const full = resolve(schema);
  const term = element('dt', {}, element('code', {textContent: name}), ' ', element('span', {className: 'type', textContent: typeOf(schema)}));
  if (full.default !== undefined) term.append(element('span', {className: 'type', textContent: `; default ${full.default}`}));
  if (required) term.append(' ', element('span', {className: 'required', textContent: 'required'}));
  return element('div', {}, term, element('dd', {}, ...words(what ?? full.description ?? '')));
}

function fields(title, rows) {
  if (rows.length === 0) return [];
  return [element('h4', {textContent: title}), element('dl', {className: 'fields'}, ...rows)];
}

function fieldsOf(title, schema) {
  const full = resolve(schema);
  const required = new Set(full.required ?? []);
  const names = Object.keys(full.properties ?? {}).sort((a, b) => required.has(b) - required.has(a));
  return fields(title, names.map((name) => field(name, full.properties[name], required.has(name))));
}

function replies(operation) {
  const rows = [];
  const failures = [];
  for (const [status, item] of Object.entries(operation.responses)) {
    const response = resolve(item);
    if (status < '400') {
      rows.push(element('div', {}, element('dt', {}, element('code', {textContent: status})), element('dd', {textContent: response.description})));
      continue;
    }
    const examples = response.content?.['application/json']?.examples ?? {};
    for (const [name, {summary}] of Object.entries(examples)) {
      failures.push(element('div', {}, element('dt', {}, element('code', {textContent: name}), ' ', element('span', {className: 'type', textContent: status})),
          element('dd', {textContent: summary})));
    }
  }
  return [...fields('Replies', rows), element('details', {}, element('summary', {textContent: `What may go wrong (${failures.length})`}),
      element('dl', {className: 'fields'}, ...failures))];
}

// The first of its successes.
function successOf(operation) {
  return resolve(Object.entries(operation.responses).find(([status]) => status < '300')[1]);
}

function headersOf(operation) {
  const headers = successOf(operation).headers ?? {};
  return fields('Headers of the reply', Object.entries(headers).map(([name, item]) => {
    const header = resolve(item);
    return field(name, header.schema, false, header.description);
  }));
}

function codeBlock(label, text) {
  const pre = element('pre', {tabIndex: 0, textContent: text});
  pre.setAttribute('role', 'region');
  pre.setAttribute('aria-label', label);
  const copy = element('button', {type: 'button', textContent: 'Copy'});
  copy.setAttribute('aria-label', `Copy: ${label}`);
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'Select it';  // pages that came without TLS may not copy
    }
    setTimeout(() => { copy.textContent = 'Copy'; }, 2000);
  });
  return element('div', {className: 'code'}, pre, copy);
}

function codeOf(path, method, operation) {
  const column = element('div');
  const examples = operation.requestBody?.content['application/json']?.examples ?? {};
  const choice = element('select', {}, ...Object.entries(examples).map(([name, {summary}]) => new Option(summary, name)));
  choice.setAttribute('aria-label', `Example of ${operation.summary}`);
  const program = codeBlock(`Program for ${operation.summary}`, '');
  const draw = () => {
    program.querySelector('pre').textContent = sample(language, requestFor(api, path, method, {base, example: choice.value || undefined}));
  };
  choice.addEventListener('change', draw);
  document.addEventListener('language', draw);
  draw();
  column.append(element('h4', {textContent: 'A program'}));
  if (choice.options.length > 1) column.append(choice);
  column.append(program);
  const json = successOf(operation).content?.['application/json'];
  const reply = json?.example ?? Object.values(json?.examples ?? {})[0]?.value;
  if (reply !== undefined) {
    column.append(element('h4', {textContent: 'A reply'}), codeBlock(`Reply of ${operation.summary}`, JSON.stringify(reply, null, 2)));
  }
  return column;
}

function fill(box, path, method, operation) {
  const body = operation.requestBody?.content ?? {};
  const parameters = (operation.parameters ?? []).map(resolve)
      .map(({name, schema, required, description}) => field(name, schema, required, description));
  box.append(element('div', {className: 'columns'},
      element('div', {}, ...paragraphs(operation.description ?? ''),
          ...fieldsOf('Fields', body['application/json']?.schema), ...fieldsOf('As a form (multipart/form-data)', body['multipart/form-data']?.schema),
          ...fields('Path, query, headers', parameters), ...replies(operation), ...headersOf(operation)),
      codeOf(path, method, operation)));
}

function operationBox(path, method, operation) {
  const title = element('h3', {}, element('span', {className: `method ${method}`, textContent: method.toUpperCase()}),
      element('span', {className: 'path', textContent: path}));
  const box = element('details', {className: 'operation', id: operation.operationId}, element('summary', {}, title));
  box.addEventListener('toggle', () => {  // sixty operations at once would be slow to draw and to read
    if (box.open && box.children.length === 1) fill(box, path, method, operation);
  });
  return box;
}

function drawGroup(tag, operations) {
  const section = element('section', {}, element('h2', {id: `tag-${tag.name}`, textContent: tag.name}), element('p', {textContent: tag.description}));
  const list = element('ul');
  for (const [path, method, operation] of operations) {
    section.append(operationBox(path, method, operation));
    const link = element('a', {href: `#${operation.operationId}`, textContent: operation.summary});
    link.dataset.search = `${path} ${operation.summary} ${operation.description}`.toLowerCase();
    list.append(element('li', {}, link));
  }
  byId('operations').append(section);
  byId('groups').append(element('div', {}, element('h2', {textContent: tag.name}), list));
}

// Whole programs beside the samples of single requests: for fal's door, and for the service behind this gateway.
const PROGRAMS = [
  {
    name: 'fal-programs', title: 'programs for fal',
    text: 'One program by fal’s names and fields, in four languages. That in JavaScript uses fal’s own client, which needs nothing but `proxyUrl`.',
    files: {curl: 'docs/fal.sh', Python: 'docs/fal.py', JavaScript: 'docs/fal.mjs', Go: 'docs/fal.go'},
  },
  {
    name: 'grpc-programs', title: 'programs for gRPC',
    text: 'The service behind this gateway speaks `flux.v1` over gRPC, at an address of its own, to whom its operator lets in. It tells its contract by reflection; `proto/` of the sources has it, too.',
    files: {curl: 'docs/grpc.sh', Python: 'docs/generate.py', JavaScript: 'docs/generate.mjs', 'C++': 'docs/generate.cc'},
  },
];

function programBox(name, language, file) {
  const box = element('details', {className: 'program', id: `${name}-${language}`}, element('summary', {}, element('h3', {textContent: language})));
  box.addEventListener('toggle', async () => {
    if (!box.open || box.children.length > 1) return;
    const place = element('p', {textContent: 'Loading…'});
    box.append(place);
    const reply = await fetch(new URL(file, document.baseURI));
    place.replaceWith(reply.ok ? codeBlock(`Program in ${language}`, await reply.text()) : element('p', {textContent: 'It could not be read.'}));
  });
  return box;
}

function drawPrograms() {
  const list = element('ul');
  for (const {name, title, text, files} of PROGRAMS) {
    byId('operations').append(element('section', {}, element('h2', {id: name, textContent: title}), element('p', {}, ...words(text)),
        ...Object.entries(files).map(([language, file]) => programBox(name, language, file))));
    const link = element('a', {href: `#${name}`, textContent: title});
    link.dataset.search = `${title} ${text} ${Object.keys(files).join(' ')}`.toLowerCase();
    list.append(element('li', {}, link));
  }
  byId('groups').append(element('div', {}, element('h2', {textContent: 'programs'}), list));
}

function drawReasons() {
  const rows = api.components.schemas.Reason['x-reasons'].map(({name, status, billed, retryable, meaning}) =>
    element('div', {}, element('dt', {}, element('code', {textContent: name}), ' ',
        element('span', {className: 'type', textContent: `${status}; billed: ${billed}${retryable ? '; may be sent again' : ''}`})),
    element('dd', {textContent: meaning})));
  byId('operations').append(element('section', {}, element('h2', {id: 'reasons', textContent: 'reasons'}),
      element('p', {textContent: 'Everything that can go wrong, by the name that programs branch on.'}), element('dl', {className: 'fields'}, ...rows)));
  byId('groups').append(element('div', {}, element('h2', {textContent: 'failures'}),
      element('ul', {}, element('li', {}, element('a', {href: '#reasons', textContent: 'Every reason'})))));
}

function drawLanguages() {
  byId('languages').append(...LANGUAGES.map((name) => {
    const input = element('input', {type: 'radio', name: 'language', value: name, checked: name === language});
    input.addEventListener('change', () => {
      language = name;
      document.dispatchEvent(new Event('language'));
    });
    return element('label', {}, input, name);
  }));
}

// The operation that the address names is opened and shown.
function goTo() {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === 'DETAILS') target.open = true;
  target?.scrollIntoView();
}

function filter() {
  const wanted = byId('filter').value.trim().toLowerCase();
  for (const link of document.querySelectorAll('#groups a')) {
    link.parentElement.hidden = wanted !== '' && !(link.dataset.search ?? '').includes(wanted);
  }
}

async function load() {
  for (let pause = 500; ; pause *= 2) {
    const reply = await fetch(source);
    if (reply.ok) return reply.json();
    const {error, code} = await reply.json();
    if (reply.status !== 503 || pause > 8000) throw new Error(`${code}: ${error}`);
    await new Promise((done) => setTimeout(done, pause));
  }
}

drawLanguages();
byId('status').textContent = 'Loading…';
try {
  api = await load();
  byId('about').append(...paragraphs(api.info.description));
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => [path, method, item[method]]));
  for (const tag of api.tags) drawGroup(tag, operations.filter(([, , {tags}]) => tags[0] === tag.name));
  drawPrograms();
  drawReasons();
  byId('status').textContent = '';
  byId('filter').addEventListener('input', filter);
  addEventListener('hashchange', goTo);
  goTo();
} catch (error) {
  byId('status').textContent = `The document could not be read: ${error.message}`;
}
