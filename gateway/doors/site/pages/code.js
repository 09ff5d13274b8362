// The request that was made, as a program, in five languages; without the API key. Pure, but for drawing itself.
import {button, el, shortened} from './dom.js';
import {t} from './words.js';

export const LANGUAGES = ['curl', 'JavaScript', 'Python', 'grpcurl', 'OpenAI SDK'];

// The members of GenerationRequest messages that are not in its parameters, and of GenerationParameters; the rest is "extra".
const TOP = {prompt: 'prompt', image_url: 'image', image_urls: 'images', mask_url: 'mask', strength: 'strength'};
const OWN = ['resolution', 'num_images', 'num_inference_steps', 'guidance_scale', 'seed', 'safety_tolerance', 'enable_safety_checker', 'output_format', 'acceleration',
  'sync_mode', 'raw', 'enhance_prompt', 'image_prompt_strength', 'negative_prompt', 'loras', 'split_images', 'fetch_images'];
const RPC = {'text-to-image': 'TextToImage', 'image-to-image': 'ImageToImage', inpainting: 'Inpaint', edit: 'EditImage', transform: 'Transform'};

const pretty = (value) => JSON.stringify(value, null, 2);
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
// A heredoc takes what is too long for a command's arguments.
const heredoc = (text) => `<<'JSON'\n${text}\nJSON\n`;

// `request` is {origin, path, body, model, key}. The Idempotency-Key goes along where there is one: whoever runs the program as it is
// gets the same picture, and buys nothing.
export function program(language, request) {
  return {curl, JavaScript: javascript, Python: python, grpcurl, 'OpenAI SDK': openai}[language](request);
}

function curl({origin, path, body, key}) {
  return [`curl -sS --max-time 180 ${quoted(origin + path)}`, '-H "Authorization: Bearer $FLUX_API_KEY"', "-H 'Content-Type: application/json'",
    ...(key ? [`-H 'Idempotency-Key: ${key}'`] : []), `--data-binary @- ${heredoc(pretty(body))}`].join(' \\\n  ');
}

function javascript({origin, path, body, key}) {
  return `const reply = await fetch('${origin}${path}', {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.FLUX_API_KEY ?? ''}\`,
    'Content-Type': 'application/json',${key ? `\n    'Idempotency-Key': '${key}',` : ''}
  },
  body: JSON.stringify(${pretty(body).replaceAll('\n', '\n  ')}),
  signal: AbortSignal.timeout(180_000),
});
console.log(reply.status, (await reply.text()).slice(0, 300));
`;
}

function python({origin, path, body, key}) {
  return `import json, os, urllib.request

true, false, null = True, False, None  # what follows is JSON
body = ${pretty(body)}
request = urllib.request.Request("${origin}${path}", json.dumps(body).encode(), {
    "Authorization": "Bearer " + os.environ.get("FLUX_API_KEY", ""),
    "Content-Type": "application/json",${key ? `\n    "Idempotency-Key": "${key}",` : ''}
})
with urllib.request.urlopen(request, timeout=180) as reply:
    print(reply.status, reply.read()[:300])
`;
}

const picture = (value) => (value.startsWith('data:') ? {dataUri: value} : {url: value});

function sizeMessage(value) {
  if (typeof value === 'object') return {dimensions: value};
  return value.includes(':') ? {aspectRatio: value} : {preset: `SIZE_PRESET_${value.toUpperCase()}`};
}

// The JSON form of the flux.v1 message that this body becomes.
export function message(model, body, key) {
  const top = {model};
  const parameters = {};
  for (const [name, value] of Object.entries(body)) {
    if (name in TOP) top[TOP[name]] = Array.isArray(value) ? value.map(picture) : /url/.test(name) ? picture(value) : value;
    else if (name === 'aspect_ratio') parameters.image_size = sizeMessage(value);
    else if (name === 'output_format' || name === 'acceleration') parameters[name] = `${name.toUpperCase()}_${value.toUpperCase()}`;
    else if (OWN.includes(name)) parameters[name] = name === 'safety_tolerance' ? String(value) : value;
    else (parameters.extra ??= {})[name] = value;
  }
  if (key) parameters.idempotency_key = key;
  return {...top, parameters};
}

function grpcurl({model, body, key}) {
  return `# ${t('Asks flux-service itself, which counts callers and keys of its own.')}
grpcurl -plaintext -max-time 180 -d @ "\${FLUX_SERVICE:-127.0.0.1:50051}" flux.v1.FluxService/${RPC[model.split('/')[0]]} ${heredoc(pretty(message(model, body, key)))}`;
}

function openai({origin, model, body, key}) {
  const {prompt, num_images, aspect_ratio, output_format, image_url, image_urls, mask_url, fetch_images, sync_mode, ...more} = body;
  const kind = model.split('/')[0];
  const size = typeof aspect_ratio === 'object' ? `${aspect_ratio.width}x${aspect_ratio.height}` : aspect_ratio;
  const fields = {model, prompt, ...(num_images && {n: num_images}), ...(size && {size}), ...(output_format && {output_format}),
    ...((fetch_images || sync_mode) && {response_format: 'b64_json'}), ...more};
  const options = key ? `, {headers: {'Idempotency-Key': '${key}'}}` : '';
  const head = `import OpenAI from 'openai';

const client = new OpenAI({baseURL: '${origin}/v1', apiKey: process.env.FLUX_API_KEY ?? 'none', timeout: 180_000});
`;
  const tail = `console.log(made.data.map(({url, b64_json}) => url ?? b64_json.slice(0, 80)));
`;
  if (kind === 'text-to-image') return `${head}const made = await client.images.generate(${pretty(fields)}${options});\n${tail}`;
  // The SDK sends pictures as files of a form; JSON is taken as well, and says the same in fewer lines.
  if (mask_url) return `// ${t("OpenAI's masks are of another kind; this is the request as it was.")}\n${javascript({origin, path: `/api/v1/flux/${model}`, body, key})}`;
  if (kind === 'transform') return `// ${t("OpenAI's API has nothing like it; this is the request as it was.")}\n${javascript({origin, path: `/api/v1/flux/${model}`, body, key})}`;
  const images = (image_urls ?? [image_url]).filter(Boolean).map((url) => ({image_url: url}));
  return `${head}const made = await client.post('/images/edits', {body: ${pretty({...fields, images})}${key ? `, headers: {'Idempotency-Key': '${key}'}` : ''}});\n${tail}`;
}

// Tabs of all languages; `request()` is asked each time.
export function codeTabs(request) {
  let chosen = LANGUAGES[0];
  const pre = el('pre', {tabIndex: 0, role: 'region', 'aria-label': t('Program')});
  const choices = LANGUAGES.map((language) => el('label', {className: 'chip'},
      el('input', {type: 'radio', name: 'language', value: language, checked: language === chosen, onchange: () => { chosen = language; draw(); }}), el('span', {text: language})));
  const copy = button(t('Copy'), async () => {
    try {
      await navigator.clipboard.writeText(program(chosen, request()));
      copy.textContent = t('Copied');
    } catch {
      copy.textContent = t('Select it');  // pages that came without TLS may not copy
    }
    setTimeout(() => { copy.textContent = t('Copy'); }, 2000);
  }, {className: 'copy'});
  function draw() {
    pre.textContent = shortened(program(chosen, request()));
  }
  draw();
  return {draw, element: el('div', {}, el('div', {className: 'chips', role: 'radiogroup', 'aria-label': t('Language of the program')}, choices),
      el('div', {className: 'code'}, pre, copy))};
}
