// Compares what our framing reads with what Node's parser (llhttp) reads out of the same bytes, over loopback. Whatever ours
// takes for a request the other must take for the same one, in the same place: where two servers in a row disagree about that,
// requests can be smuggled. Ours may read less.
//   node second_parser.js FRAMING_VERDICTS CORPUS...
'use strict';
const {execFileSync} = require('child_process');
const http = require('http');
const net = require('net');

// Where the other reads less than ours, and that is right; each with its reason. A name that is not needed fails, too.
const kStricter = JSON.parse(require('fs').readFileSync(`${__dirname}/second_parser_exceptions.json`, 'utf8'));

const hex = (text) => Buffer.from(text, 'latin1').toString('hex');

// What the other parser reads on one connection.
function readByNode(bytes) {
  return new Promise((resolve) => {
    const requests = [];
    let fault = '';
    const server = http.createServer({maxHeaderSize: 1 << 20, keepAliveTimeout: 10_000, requireHostHeader: true},
      (request, reply) => {
        const chunks = [];
        const entry = {method: hex(request.method), target: hex(request.url), fields: request.rawHeaders.map(hex)};
        requests.push(entry);
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
          entry.body = Buffer.concat(chunks).toString('hex');
          reply.end();
        });
        request.on('error', () => {});
      });
    server.maxHeadersCount = 0;
    server.on('clientError', (error, socket) => {
      fault = error.code;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1', () => {
      const socket = net.connect(server.address().port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('close', () => server.close(() => resolve({requests: requests.filter((r) => 'body' in r), fault})));
      socket.resume();
      socket.end(bytes);
    });
  });
}

async function main() {
  const [program, ...corpora] = process.argv.slice(2);
  const lines = execFileSync(program, corpora, {maxBuffer: 1 << 28}).toString().trim().split('\n');
  const unused = new Set(Object.keys(kStricter));
  let requests = 0, stricter = 0, failures = 0;
  for (const line of lines) {
    const ours = JSON.parse(line);
    const theirs = await readByNode(Buffer.from(ours.bytes, 'hex'));
    requests += ours.requests.length;
    if (theirs.requests.length > ours.requests.length) ++stricter;
    for (let i = 0; i < ours.requests.length; ++i) {
      if (JSON.stringify(theirs.requests[i], Object.keys(ours.requests[i])) ===
          JSON.stringify(ours.requests[i], Object.keys(ours.requests[i]))) continue;
      if (theirs.requests[i] === undefined && ours.name in kStricter) {
        unused.delete(ours.name);
        break;
      }
      ++failures;
      console.error(`${ours.name}: request ${i} is another one to llhttp (${theirs.fault || 'no fault'})`,
                    '\n  ours  ', JSON.stringify(ours.requests[i]).slice(0, 400),
                    '\n  theirs', JSON.stringify(theirs.requests[i] || null).slice(0, 400));
      break;
    }
  }
  for (const name of unused) console.error(`${name} needs no exception`);
  console.log(`${lines.length} inputs, ${requests} requests read alike, ours is stricter on ${stricter}, ` +
              `${Object.keys(kStricter).length} exceptions, ${failures} disagreements`);
  process.exit(failures + unused.size > 0 || requests === 0 ? 1 : 0);
}

main();
