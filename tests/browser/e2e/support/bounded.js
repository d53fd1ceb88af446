// node:test with a bound: a page that never answers fails its test and does not hold up the rest.
import * as node from 'node:test';

export const {after, before, describe} = node;

const timeout = 90000;

export function test(name, run) {
  return node.test(name, {timeout}, run);
}
