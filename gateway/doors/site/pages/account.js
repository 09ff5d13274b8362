// The caller's API key, what it has spent and what is left.
import {apiKey, ask, isKeyKept, setApiKey} from './api.js';
import {button, dollars, el, openDialog} from './dom.js';
import {t} from './words.js';

// {caller, days, budgets}, or null where nobody says.
export async function usage() {
  try {
    return (await ask('/api/v1/usage')).body.usage;
  } catch {
    return null;
  }
}

function meter(budget) {
  const used = Math.min(1, (budget.spent_usd + budget.reserved_usd) / budget.limit_usd || 0);
  const name = t(budget.per === 'day' ? '{name}, a day' : '{name}, a month', {name: budget.name});
  return el('div', {className: 'budget'}, el('div', {className: 'bar'}, el('b', {text: name}), el('span', {text: t('{left} of {limit} left', {left: dollars(budget.left_usd), limit: dollars(budget.limit_usd)})})),
      el('meter', {min: 0, max: 1, value: used, high: 0.8, 'aria-label': name}),
      el('p', {className: 'hint', text: t('Begins anew {when}', {when: new Date(budget.resets_at).toLocaleString()})}));
}

function spent(found) {
  if (!found) return el('p', {className: 'hint', text: t('Nobody says what was spent.')});
  const today = found.days.find(({day}) => day === new Date().toISOString().slice(0, 10));
  const sum = found.days.reduce((all, {spent_usd}) => all + spent_usd, 0);
  return el('div', {}, el('dl', {className: 'facts'}, [[t('You are'), el('code', {text: found.caller})], [t('Today'), dollars(today?.spent_usd ?? 0)], [t('31 days'), dollars(sum)]]
      .map(([name, value]) => el('div', {}, el('dt', {text: name}), el('dd', {}, value)))),
  found.budgets.length > 0 ? found.budgets.map(meter) : el('p', {className: 'hint', text: t('There is no budget.')}));
}

// Opens the dialog; `onKey()` is called when another key counts.
export async function openAccount(onKey) {
  const key = el('input', {id: 'key', type: 'password', value: apiKey(), autocomplete: 'off', spellcheck: false});
  const keep = el('input', {id: 'keep', type: 'checkbox', checked: isKeyKept()});
  const place = el('div', {id: 'usage', 'aria-live': 'polite'});
  const draw = async () => place.replaceChildren(spent(await usage()));
  const form = el('form', {className: 'stack', onsubmit: async (event) => {
    event.preventDefault();
    setApiKey(key.value.trim(), keep.checked);
    await onKey();
    await draw();
  }}, el('label', {htmlFor: 'key', text: t('API key')}), el('div', {className: 'row'}, key, el('button', {type: 'submit', text: t('Use it'), className: 'main'}),
    button(t('Forget it'), async () => { key.value = ''; keep.checked = false; setApiKey(''); await onKey(); await draw(); })),
  el('div', {className: 'check'}, keep, el('label', {htmlFor: 'keep', text: t('Keep it in this browser')})),
  el('p', {className: 'hint', text: t('Else it is forgotten with this tab. It is sent to this gateway only.')}));
  draw();
  await openDialog(t('Key and budget'), el('div', {}, form, place));
}
