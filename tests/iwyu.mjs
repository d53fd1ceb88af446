// What include-what-you-use says of the public headers, one after the other: what one of ours or of the standard library's is
// missing or not needed. What it says of Boost is left out: it names headers that Boost keeps to itself.
import {execFileSync, spawnSync} from 'node:child_process';

const headers = execFileSync('git', ['ls-files', 'include'], {encoding: 'utf8'}).split('\n').filter(name => name.endsWith('.hpp'))
  .filter(name => !/(messages|transport|flexcrm)\.hpp$/.test(name));  // these three are other headers and nothing else
const isOurs = line => /^(- )?#include [<"](flexcrm\/[\w/.]+|[a-z_]+)[>"]/.test(line);
let found = 0;
for (const header of headers) {
  const {stderr} = spawnSync('include-what-you-use', ['-std=c++20', '-Iinclude', '-Xiwyu', '--no_fwd_decls', header], {encoding: 'utf8'});
  const advice = /should add these lines:\n([^]*?)\n[^\n]*should remove these lines:\n([^]*?)\nThe full/.exec(stderr);
  // Of <chrono> it knows the inner header only, and a defaulted comparison needs <compare> when it orders.
  const lines = advice ? `${advice[1]}\n${advice[2]}`.split('\n').filter(line => isOurs(line) && !/<(chrono|compare)>/.test(line)) : [];
  if (!advice && !stderr.includes('has correct #includes')) lines.push(stderr.slice(0, 300));
  if (lines.length > 0) console.log(`${header}:\n  ${lines.join('\n  ')}`);
  found += lines.length;
}
process.exitCode = found > 0 ? 1 : 0;
