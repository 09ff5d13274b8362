// A client for the REST API, for browsers; Node.js runs it too. No dependencies.

// What went wrong, as the server tells it: `code` to branch on, `billed` ("no", "maybe" or "yes"), `retryable`, `field`, `status`.
export class FluxError extends Error {
  constructor(status, body) {
    super(body?.error ?? `HTTP ${status}`);
    this.name = 'FluxError';
    this.status = status;
    this.code = body?.code;
    this.billed = body?.billed ?? 'maybe';
    this.retryable = body?.retryable ?? false;
    this.field = body?.field;
    this.requestId = body?.request_id;
  }
}

// Seeds can exceed what JavaScript's numbers hold, so they are kept as text. Inside of a JSON string the quotes would be
// escaped, so only the member itself is found.
function parse(text) {
  return JSON.parse(text.replace(/"seed":(\d+)/g, '"seed":"$1"'));
}

// Makes pictures: {images, seed, prompt, has_nsfw_concepts}. Throws FluxError where the server refuses or fails. A failed fetch
// (TypeError) or a time-out may have been paid for: ask the user before sending the same again.
export async function generate(base, model, request, {apiKey, signal = AbortSignal.timeout(180_000)} = {}) {
  const reply = await fetch(`${base}/api/v1/flux/${model}`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json', ...(apiKey ? {Authorization: `Bearer ${apiKey}`} : {})},
    body: JSON.stringify(request),
    signal,
  });
  const text = await reply.text();
  let body;
  try {
    body = parse(text);
  } catch {
    throw new FluxError(reply.status, undefined);  // a page of some proxy in between
  }
  if (!reply.ok) throw new FluxError(reply.status, body);
  return {...body.data, cost: reply.headers.get('x-cost-usd'), requestId: reply.headers.get('x-request-id')};
}

// The models, with every field, range and default.
export async function models(base, {apiKey, signal = AbortSignal.timeout(10_000)} = {}) {
  const reply = await fetch(`${base}/api/v1/models`, {headers: apiKey ? {Authorization: `Bearer ${apiKey}`} : {}, signal});
  const body = await reply.json();
  if (!reply.ok) throw new FluxError(reply.status, body);
  return body.models;
}
