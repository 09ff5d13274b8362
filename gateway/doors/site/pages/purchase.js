// One purchase, from the click to the picture. It has a key, which is written down before anything is sent, so that whatever breaks
// in between, the same request is sent again with the same key: it is bought once. Draws nothing.
import {Refusal, ask, follow, newKey} from './api.js';
import * as kept from './kept.js';

// Came without the purchase's own outcome: the same key may ask again at once, and nothing is bought twice.
const ASK_AGAIN = ['SERVICE_LOST', 'SHUTTING_DOWN', 'OUTCOME_UNKNOWN'];
const PAUSES = [500, 1000, 2000, 4000];
const POLL = 1500;

export class Purchase extends EventTarget {
  // `row` is what is kept while it is pending; see create() and resume().
  constructor(row) {
    super();
    this.row = row;
    this.state = 'sending';  // sending, lost, reserved, sent, accepted, unknown, cancelling, succeeded, failed
    this.lost = 0;  // how often the connection was
    this.log = [];
    this.ends = new AbortController();
  }

  // `request`: {path, body, model, before}; `caller`: who the gateway says is asking.
  static create(request, caller) {
    return new Purchase({key: newKey(), at: Date.now(), caller, ...request});
  }

  // Of what an earlier page of this browser began.
  static resume(row) {
    const purchase = new Purchase(row);
    purchase.resumed = true;
    return purchase;
  }

  get over() {
    return this.state === 'succeeded' || this.state === 'failed';
  }
  elapsed() {
    return (this.endedAt ?? Date.now()) - this.row.at;
  }

  // Runs to the end, however long that takes: then `made` or `failure` is there.
  async run() {
    await this.keep();
    let pause = 0;
    while (!this.over && !this.left) {
      try {
        await (this.row.job ? this.watch() : this.send());
        pause = 0;
      } catch (error) {
        if (this.left) return;
        if (error instanceof Refusal && !this.mayAskAgain(error)) {
          await this.fail(error);
          return;
        }
        this.lost += 1;
        this.change(error instanceof Refusal && error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'lost');
        await this.rest(PAUSES[Math.min(pause++, PAUSES.length - 1)]);
      }
    }
  }

  // A purchase that cannot be written down here goes on; only a reload loses it.
  async keep() {
    await kept.put('pending', this.row).catch(() => { this.unkept = true; });
  }

  mayAskAgain({code, body}) {
    if (code === 'OUTCOME_UNKNOWN' && body.job) this.row.job ??= body.job.split('/').pop();
    return ASK_AGAIN.includes(code) || (this.row.job !== undefined && body.retryable === true && code !== 'UNKNOWN_JOB');
  }

  // Until the pause is over or the network is back.
  rest(pause) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        removeEventListener('online', done);
        resolve();
      };
      const timer = setTimeout(done, pause);
      addEventListener('online', done);
    });
  }

  change(state) {
    this.state = state;
    this.dispatchEvent(new Event('change'));
  }

  async send() {
    this.change('sending');
    const reply = await ask(this.row.path, {method: 'POST', body: this.row.body, signal: this.ends.signal,
      headers: {'Idempotency-Key': this.row.key, Prefer: 'respond-async'}});
    if (reply.status !== 202) return this.succeed(reply.body, reply.headers);
    this.row.job = reply.body.job.id;
    await this.keep();
    this.status(reply.body.job);
  }

  status(job) {
    this.position = job.queue_position;
    if (this.state !== 'cancelling') this.change(job.state);
  }

  async watch() {
    const path = `/api/v1/jobs/${this.row.job}`;
    const streamed = await follow(path, this.lastEvent, ({name, id, data}) => {
      this.lastEvent = id || this.lastEvent;
      if (name === 'status') this.status(data);
      if (name === 'log') {
        this.log.push(data.message);
        this.dispatchEvent(new Event('change'));
      }
      if (name === 'result') this.result = data;
      if (name === 'error') this.refused = data;
    }, this.ends.signal);
    if (this.result) return this.succeed(this.result, (await ask(path, {method: 'HEAD'})).headers);
    if (this.refused) return this.fail(new Refusal(0, new Headers(), this.refused));
    if (streamed) throw new Error('the stream ended before the job');
    await this.look(path);
  }

  // Where there is no stream: asks now and then.
  async look(path) {
    const {headers, body} = await ask(path, {signal: this.ends.signal});
    if (body.job.state === 'succeeded') return this.succeed(body, headers);
    if (body.job.state === 'failed') {
      const {code, message, ...rest} = body.job.error;
      return this.fail(new Refusal(0, headers, {...rest, code, error: message, job: path}));
    }
    this.status(body.job);
    await this.rest(POLL);
  }

  // Asks for its end. What was sent may be finished and billed all the same; then that is what is shown.
  async cancel() {
    if (!this.row.job) return;  // it is not known yet what to end
    this.change('cancelling');
    try {
      const {body} = await ask(`/api/v1/jobs/${this.row.job}`, {method: 'DELETE'});
      if (body.job.state === 'failed') this.state = 'cancelling';
    } catch (error) {
      if (error instanceof Refusal && error.code !== 'JOB_OVER') this.change('accepted');
    }
  }

  // Forgets it here; the gateway goes on.
  async leave() {
    this.left = true;
    this.ends.abort();
    await kept.remove('pending', this.row.key).catch(() => {});
  }

  async succeed({data, processing_time, warnings, job}, headers) {
    this.endedAt = Date.now();
    const {key, at, path, body, model, before} = this.row;
    this.made = {key, at, path, body, model, before, images: data.images, seed: data.seed, nsfw: data.has_nsfw_concepts, prompt: data.prompt, warnings,
      job: this.row.job ?? headers.get('x-job-id') ?? job?.id, total: processing_time, cost: headers.get('x-cost-usd'),
      fal: headers.get('x-fal-request-id'), timing: readTiming(headers.get('server-timing')),
      replayed: headers.get('idempotent-replayed') === 'true', resumed: this.resumed, lost: this.lost};
    await kept.put('made', this.made).catch(() => {});
    await kept.remove('pending', key).catch(() => {});
    this.change('succeeded');
  }

  async fail(refusal) {
    this.endedAt = Date.now();
    this.failure = refusal;
    await kept.remove('pending', this.row.key).catch(() => {});
    this.change('failed');
  }
}

// Milliseconds by name, of "fal;dur=12.5, queue;dur=0".
function readTiming(header) {
  const entries = [...(header ?? '').matchAll(/(\w+);dur=([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
