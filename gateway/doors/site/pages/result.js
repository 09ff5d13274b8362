// Draws a purchase while it runs, what it made, and why it made nothing.
import {button, byId, dollars, download, el, openDialog, seconds, toBlob} from './dom.js';
import {labelOf} from './form.js';
import {t} from './words.js';

const STATES = {
  sending: 'Sending', lost: 'No connection. The same key is sent again; nothing is bought twice.', reserved: 'Waiting for a place',
  sent: 'On its way to the model', accepted: 'Being made', unknown: 'The answer was lost. fal is asked what became of it; it is not bought again.',
  cancelling: 'Cancelling',
};

const PROMISES = {
  kept: 'Reload, close the page or lose the network: the picture is kept for you and paid once.',
  resumed: 'It goes on after the reload, with the same key: nothing is bought twice.', unkept: 'This browser keeps nothing: stay here until it is done.',
};

// What to do about a failure, by its code.
const WAIT = 'Wait a little, then try again.';
const ASKED = 'Do not send it anew: fal is asked what became of it.';
const ADVICE = {
  UNAUTHENTICATED: 'Enter an API key of this gateway under “Key and budget”.',
  MODEL_NOT_ALLOWED: 'Choose a model that your key is for.',
  BUDGET_EXCEEDED: 'Wait until the budget begins anew, or ask for less.',
  CONTENT_POLICY: 'Say it differently; the same will be refused again.',
  INVALID_FIELD: 'Correct the fields that are marked.',
  RATE_LIMITED: WAIT,
  CONCURRENCY_LIMITED: 'Wait until another of your pictures is done.',
  UPSTREAM_THROTTLED: WAIT,
  UPSTREAM_BUSY: WAIT,
  UPSTREAM_ACCOUNT: 'fal refuses this service’s key or balance. Tell its operator.',
  UPSTREAM_CONNECTION_LOST: ASKED,
  UPSTREAM_TIMEOUT: ASKED,
  CANCELLED: 'You ended it.',
  STORE_UNAVAILABLE: 'Purchases cannot be written down now, so nothing is bought. Try later.',
};

const BILLED = {no: 'No, nothing was paid.', yes: 'Yes, it was paid.', maybe: 'Not known yet: it was sent.'};

// A purchase that runs; redrawn as it changes.
export function drawRunning(purchase, onCancel, onLeave) {
  const clock = el('span', {className: 'clock', 'aria-hidden': 'true'});
  const state = el('p', {className: 'state'});
  const log = el('pre', {className: 'log', hidden: true, tabIndex: 0, role: 'log', 'aria-label': t('Log')});
  const cancel = button(t('Cancel'), onCancel, {id: 'cancel'});
  const leave = button(t('Forget it here'), onLeave, {className: 'quiet', id: 'leave', hidden: true});
  const promise = el('p', {className: 'hint'});
  const box = el('div', {className: 'running'}, el('div', {className: 'bar'}, el('span', {className: 'spinner', 'aria-hidden': 'true'}), state, clock), log, promise,
      el('p', {className: 'hint', text: `${t('Key')} `}, el('code', {text: purchase.row.key})), el('div', {className: 'row'}, cancel, leave));
  function draw() {
    const ahead = purchase.position > 0 ? t('{n} ahead in the queue', {n: purchase.position}) : '';
    state.textContent = [t(STATES[purchase.state] ?? purchase.state), ahead].filter(Boolean).join(' · ');
    box.dataset.state = purchase.state;
    promise.textContent = t(PROMISES[purchase.unkept ? 'unkept' : purchase.resumed ? 'resumed' : 'kept']);
    log.hidden = purchase.log.length === 0;
    log.textContent = purchase.log.join('\n');
    log.scrollTop = log.scrollHeight;
    cancel.disabled = !purchase.row.job || purchase.state === 'cancelling';
    leave.hidden = purchase.state !== 'unknown' && purchase.state !== 'lost';
  }
  const timer = setInterval(() => {
    if (!box.isConnected || purchase.over) return clearInterval(timer);
    clock.textContent = seconds(purchase.elapsed());
  }, 100);
  purchase.addEventListener('change', draw);
  draw();
  return box;
}

export function drawFailure({failure, row}, {onAgain, onKey}) {
  const {body, code} = failure;
  const billed = body.billed ?? 'no';
  const facts = [[t('Was it paid?'), t(BILLED[billed] ?? BILLED.maybe)], [t('What to do'), t(ADVICE[code] ?? (body.retryable ? 'Try again: it may work, and nothing was paid.' : 'Change the request as the sentence above says.'))],
    [t('Code'), el('code', {text: code || `HTTP ${failure.status}`})]];
  if (body.request_id) facts.push([t('Request'), el('code', {text: body.request_id})]);
  if (body.job) facts.push([t('Job'), el('code', {text: body.job})]);
  const violations = (body.violations ?? []).filter(({message}) => !failure.message.includes(message)).map(({field, message}) => el('li', {lang: 'en'}, el('b', {text: labelOf(field)}), ` ${message}`));
  return el('div', {className: 'failure', 'data-code': code}, el('h3', {text: t(code === 'CANCELLED' ? 'Cancelled' : 'No picture this time')}),
      el('p', {className: 'words', lang: 'en', text: failure.message}), el('ul', {}, violations), factList(facts),
      body.fal_error && el('details', {}, el('summary', {text: t('What fal said')}), el('pre', {lang: 'en', tabIndex: 0, text: JSON.stringify(body.fal_error, null, 1)})),
      el('div', {className: 'row'}, row.body && button(t('Try again'), onAgain, {className: 'main'}),
          code === 'UNAUTHENTICATED' && button(t('Key and budget'), onKey)));
}

function factList(facts) {
  return el('dl', {className: 'facts'}, facts.filter(Boolean).map(([name, value]) => el('div', {}, el('dt', {text: name}), el('dd', {}, value))));
}

const extension = (url) => ({jpeg: 'jpg', png: 'png', webp: 'webp'})[/^data:image\/(\w+)/.exec(url)?.[1]] ?? 'bin';

// Before and after, one over the other; the slider says how much of which is seen.
function comparison(before, after) {
  const box = el('div', {className: 'compare'}, el('img', {src: after, alt: t('After')}), el('img', {src: before, alt: t('Before'), className: 'before'}));
  const move = () => box.style.setProperty('--at', `${slider.value}%`);
  const slider = el('input', {type: 'range', min: 0, max: 100, value: 50, 'aria-label': t('Compare before and after'), oninput: move});
  move();
  return el('div', {className: 'compared'}, box, slider);
}

function timeBar(made) {
  const total = made.timing?.total ?? made.total;
  if (!made.timing) return el('span', {text: seconds(total)});
  const {queue = 0, fal = 0} = made.timing;
  const parts = [['queue', t('queue'), queue], ['fal', 'fal', Math.max(0, fal)], ['own', t('own'), Math.max(0, total - queue - fal)]];
  return el('div', {}, el('div', {className: 'times', 'aria-hidden': 'true'}, parts.map(([name, , ms]) => el('span', {className: name, style: {'flex-grow': ms || 0.001}}))),
      el('ul', {className: 'legend'}, parts.map(([name, word, ms]) => el('li', {className: name, text: `${word} ${seconds(ms)}`})), el('li', {text: `= ${seconds(total)}`})));
}

function proof(made) {
  if (made.resumed) return t('Reloaded in the middle: same key, same picture, paid once.');
  if (made.lost > 0) return t('Connection lost and back: same key, same picture, paid once.');
  return made.replayed ? t('This key had bought it before; nothing was paid now.') : '';
}

// What was made. `acts`: {again(made, seed), edit(made, index), canEdit}.
export function drawMade(made, acts) {
  const more = [made.seed !== undefined && button(t('Again with this seed'), () => acts.again(made, made.seed)),
    button(t('Again with another'), () => acts.again(made))];
  const pictures = made.images.map((image, index) => {
    const name = `flux-${made.seed ?? made.key.slice(0, 8)}-${index + 1}`;
    const inline = image.url.startsWith('data:');
    const alt = `${made.prompt || made.body.prompt || made.model} ${made.images.length > 1 ? index + 1 : ''}`.trim();
    if (!inline) return el('figure', {}, el('p', {}, el('a', {href: image.url, target: '_blank', rel: 'noreferrer', text: t('Open the picture at its host')})));
    const zoom = button('', () => openDialog(made.model, el('img', {src: image.url, alt}), 'wide'), {className: 'picture', 'aria-label': t('Full size: {what}', {what: alt})});
    zoom.append(el('img', {src: image.url, alt, width: image.width, height: image.height}));
    return el('figure', {}, made.before && index === 0 && inline ? comparison(made.before, image.url) : zoom,
        made.nsfw?.[index] && el('figcaption', {className: 'wrong', text: t("fal's checker has blackened this picture; it was paid for all the same.")}),
        el('div', {className: 'row'}, made.before && index === 0 && button(t('Full size'), () => zoom.click()),
            button(t('Download'), () => download(`${name}.${extension(image.url)}`, toBlob(image.url))),
            acts.canEdit && button(t('Edit this one'), () => acts.edit(made, index)), index === made.images.length - 1 ? more : null));
  });
  const facts = [
    made.seed !== undefined && [t('Seed'), el('code', {text: String(made.seed)})],
    [t('Model'), el('code', {text: made.model})],
    made.images[0]?.width && [t('Pixels'), `${made.images[0].width} × ${made.images[0].height}`],
    [t('Time'), timeBar(made)],
    made.cost && [t('Price'), dollars(made.cost)],
  ];
  const receipt = [made.job && [t('Job'), el('code', {text: made.job})], made.fal && [t('Request at fal'), el('code', {text: made.fal})],
    [t('Key'), el('code', {text: made.key})], [t('When'), new Date(made.at).toLocaleString()]];
  const words = proof(made);
  return el('article', {className: 'made', 'data-key': made.key}, words && el('p', {className: 'proof', text: `✓ ${words}`}),
      el('div', {className: `gallery n${Math.min(made.images.length, 4)}`}, pictures),
      (made.warnings ?? []).map((text) => el('p', {className: 'hint', lang: 'en', text})),
      factList(facts),
      el('details', {}, el('summary', {text: t('Receipt')}), factList(receipt)));
}

export function show(content) {
  byId('shown').replaceChildren(content);
}
