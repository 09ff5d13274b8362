// Begins one picture as a job and asks until it is there, with what Node.js has.
//
// Usage: node job.mjs PROMPT [MODEL]
// Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
const [prompt, model = 'text-to-image/dev'] = process.argv.slice(2);
const url = process.env.FLUX_URL ?? 'http://127.0.0.1:8080';
const headers = process.env.FLUX_API_KEY ? {Authorization: `Bearer ${process.env.FLUX_API_KEY}`} : {};

function fail({code, error, message, billed}) {
  console.error(`${code}: ${error ?? message} (billed: ${billed})`);
  process.exit(1);
}

const begun = await fetch(`${url}/api/v1/flux/${model}`, {
  method: 'POST',
  headers: {...headers, 'Content-Type': 'application/json', Prefer: 'respond-async'},
  body: JSON.stringify({prompt}),
});
let reply = await begun.json();
if (!reply.success) fail(reply);
const place = new URL(begun.headers.get('location'), url);
console.log(`job ${reply.job.id}`);

let pause = begun.headers.get('retry-after');
while (!['succeeded', 'failed'].includes(reply.job.state)) {
  await new Promise((done) => setTimeout(done, 1000 * (pause ?? 2)));
  const looked = await fetch(place, {headers});
  reply = await looked.json();
  if (!reply.success) fail(reply);
  pause = looked.headers.get('retry-after');
}
if (reply.job.error) fail(reply.job.error);
for (const {url: picture, width, height} of reply.data.images) console.log(`${picture} ${width}x${height}`);
