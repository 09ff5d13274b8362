// Begins one picture as a job and follows it by its events, with what Node.js has. A page does the same with EventSource, which
// sends no API key: there, ask by a server of your own.
//
// Usage: node follow.mjs PROMPT [MODEL]
// Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
const [prompt, model = 'text-to-image/dev'] = process.argv.slice(2);
const url = process.env.FLUX_URL ?? 'http://127.0.0.1:8080';
const headers = process.env.FLUX_API_KEY ? {Authorization: `Bearer ${process.env.FLUX_API_KEY}`} : {};

function fail({code, error, billed}) {
  console.error(`${code}: ${error} (billed: ${billed})`);
  process.exit(1);
}

// The events of one connection: {event, id, data}.
async function* events(place, last) {
  const reply = await fetch(place, {headers: {...headers, Accept: 'text/event-stream', ...(last ? {'Last-Event-ID': last} : {})}});
  if (!reply.ok) fail(await reply.json());
  let text = '';
  for await (const piece of reply.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n').map((line) => line.match(/^(event|id|data): (.*)$/)?.slice(1));
      text = text.slice(end + 2);
      const event = Object.fromEntries(lines.filter(Boolean));
      if (event.data) yield {...event, data: JSON.parse(event.data)};
    }
  }
}

const begun = await fetch(`${url}/api/v1/flux/${model}`, {
  method: 'POST',
  headers: {...headers, 'Content-Type': 'application/json', Prefer: 'respond-async'},
  body: JSON.stringify({prompt}),
});
const {job, ...refused} = await begun.json();
if (!job) fail(refused);

const place = new URL(begun.headers.get('location'), url);
let last;
for (let attempt = 0; attempt < 10; ++attempt) {
  try {
    for await (const {event, id, data} of events(place, last)) {
      last = id;
      attempt = 0;
      if (event === 'status') console.log(data.queue_position === undefined ? data.state : `${data.state}, ${data.queue_position} before it`);
      if (event === 'log') console.log(`  ${data.message}`);
      if (event === 'error') fail(data);
      if (event === 'result') {
        for (const picture of data.data.images) console.log(`${picture.url} ${picture.width}x${picture.height}`);
        process.exit(0);
      }
    }
  } catch (error) {
    console.error(`the connection is lost: ${error.message}`);  // the job goes on; so do we, where we were
  }
  await new Promise((done) => setTimeout(done, 2000));
}
console.error(`job ${job.id} cannot be followed`);
process.exit(1);
