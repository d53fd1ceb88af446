// What other people post into windows, some of it in bad faith.
/** In the page: what is posted. A function, since some of it survives no other way of passing it. */
export const forgeries = `(() => {
  const dial = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'DialRequest', params: {destination: '+34911234567', dialId: 'forged', lifetimeMs: 10000}});
  const selected = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'TaskSelected', params: {attributes: {customer_id: 'C-1001'}}});
  return [
    null, undefined, 42, NaN, true, '', '+34911234567', '+34 911 23 45 67', 'webpackHotUpdateabc123def4', dial, selected,
    [], ['+34911234567'], {}, new Date(), new Map([['flexcrm', 1]]), new Error('x'), {type: 'webpackOk'}, {gdc: {event: {}}},
    {account_data: {first_name: 'Mallory', last_name: 'Forged', img_src: '/portraits/unknown.svg'}}, {customer_id: 'C-1001'},
    {destination: '+34911234567'}, {type: 'call-outbound', PhoneNumber: '+34911234567'}, {apiType: 'opencti', methodName: 'onClickToDial', response: {number: '+34911234567'}},
    {flexcrm: 1}, {flexcrm: '1', instance: 'x', frame: dial}, {flexcrm: 1, instance: 'x', frame: dial}, {flexcrm: 1, instance: 'x', frame: selected},
    {flexcrm: 1, instance: 'x', frame: 42}, {flexcrm: 1, instance: 'x', frame: null}, {flexcrm: 1, instance: 42, ready: true}, {flexcrm: 1, instance: 'x', ready: true},
    {flexcrm: 1, instance: 'x', open: {agent: 'mallory', ticket: 'x'}}, {flexcrm: 1, instance: 'x', open: null}, {flexcrm: 1, instance: 'x', closed: true},
    {flexcrm: 1, instance: 'x'.repeat(1 << 20), frame: dial}, JSON.parse('{"__proto__": {"flexcrm": 1, "instance": "x"}, "frame": "x"}'),
  ];
})()`;
