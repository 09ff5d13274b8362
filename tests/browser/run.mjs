// Opens the playground in a real browser and does with it what people do. One browser and one stack for all cases.
//
// Usage: node run.mjs BIN_DIR [PART_OF_A_NAME]
// PICTURES=DIR keeps pictures of the page there (docs/pictures is made so).
import {accounts} from './cases/accounts.mjs';
import {looks} from './cases/looks.mjs';
import {pictures} from './cases/pictures.mjs';
import {promises} from './cases/promises.mjs';
import {requests} from './cases/requests.mjs';
import {launch} from './page.mjs';
import {startStack} from './stack.mjs';

const [bin, part = ''] = process.argv.slice(2);
const stack = await startStack(bin);
const browser = await launch();
let failed = 0;
try {
  const all = Object.entries({...requests, ...pictures, ...promises, ...accounts, ...looks}).filter(([name]) => name.includes(part));
  for (const [name, run] of all) {
    const begun = Date.now();
    try {
      await run({browser, stack});
      console.log(`ok    ${name} (${Date.now() - begun} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`WRONG ${name}\n${error.stack}`);
    }
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
} finally {
  await browser.close();
  await stack.stop();
}
process.exitCode = failed > 0 ? 1 : 0;
