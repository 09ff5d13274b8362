// Makes one picture over gRPC, with the contract loaded from proto/ when the program starts.
//
// Usage: node generate.mjs PROMPT [MODEL]
// Environment: FLUX_SERVICE (default 127.0.0.1:50051); FLUX_SERVICE_CA, a PEM file, for TLS; FLUX_SERVICE_TOKEN where one is wanted.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const require = createRequire(import.meta.url);
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const protos = fileURLToPath(new URL('../../proto', import.meta.url));
// Numbers of 64 bits, such as the seed, stay text: JavaScript's numbers would round them.
const definition = loader.loadSync(['flux/v1/flux_service.proto', 'flux/v1/errors.proto', 'google/rpc/status.proto'],
    {includeDirs: [protos], keepCase: true, longs: String, enums: String, defaults: false, oneofs: true});
const {flux} = grpc.loadPackageDefinition(definition);

const authority = process.env.FLUX_SERVICE_CA;
const service = new flux.v1.FluxService(
    process.env.FLUX_SERVICE ?? '127.0.0.1:50051',
    authority ? grpc.credentials.createSsl(fs.readFileSync(authority)) : grpc.credentials.createInsecure());
const metadata = new grpc.Metadata();
if (process.env.FLUX_SERVICE_TOKEN) metadata.set('authorization', `Bearer ${process.env.FLUX_SERVICE_TOKEN}`);

function call(method, request) {
  // A deadline is a must: a picture takes seconds, and a call without one waits for as long as the server allows.
  const options = {deadline: Date.now() + 120_000};
  return new Promise((resolve, reject) => {
    service[method](request, metadata, options, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

// The ErrorDetail of a failed call: whether it was billed, and whether it may succeed later.
function details(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const status = bytes ? definition['google.rpc.Status'].deserialize(bytes) : {};
  const packed = (status.details ?? []).find(({type_url: type}) => type.endsWith('/flux.v1.ErrorDetail'));
  return packed && definition['flux.v1.ErrorDetail'].deserialize(packed.value);
}

const [prompt, model = 'text-to-image/dev'] = process.argv.slice(2);
try {
  const {generation} = await call('TextToImage', {model, prompt, parameters: {image_size: {aspect_ratio: '16:9'}}});
  for (const {url, width, height} of generation.images) console.log(`${url} ${width}x${height}, seed ${generation.seed}`);
} catch (error) {
  if (error.code === undefined) throw error;
  console.error(`${grpc.status[error.code]}: ${error.details} (${details(error)?.billed ?? 'unknown'})`);
  process.exitCode = 1;
} finally {
  service.close();
}
