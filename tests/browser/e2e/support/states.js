// The page in each of its main states, one after the other, as an agent comes to them.

/**
 * @param {import('./desk.js').Desk} desk
 * @param {(name: string) => Promise<void>} look called in every state
 */
export async function everyState(desk, look) {
  const {page} = desk;
  const ana = {number: '+34600000017', customerId: 'C-1001'};
  const flex = await desk.flexWindow();
  const notes = {
    en: 'Wants one invoice a month for both shops. Call back on Friday with the offer.',
    es: 'Quiere una sola factura al mes para las dos tiendas. Llamar el viernes con la oferta.',
  }[await page.locator('html').getAttribute('lang')];
  const contact = async id => {
    await desk.view('contacts');
    await page.locator(`.contact[data-contact="${id}"] .contact-open`).click();
  };

  await look('empty');
  await desk.view('contacts');
  await page.locator('#contact-search').fill('zzz');
  await page.locator('#contacts[data-search="zzz"]').waitFor({state: 'attached'});
  await look('no-match');
  await page.locator('#contact-search').press('Escape');
  await page.locator('#contacts[data-search=""] .contact').first().waitFor();
  await page.locator('#contact-new').click();
  await page.locator('#new-contact').waitFor();
  await look('new-contact');
  await page.keyboard.press('Escape');
  await page.locator('#agent-button').click();
  await page.locator('#agent-menu').waitFor();
  await look('presence');
  await page.keyboard.press('Escape');

  await desk.ring(ana);
  await page.locator('.call-name', {hasText: 'Ana Torres'}).waitFor({state: 'attached'});
  await look('incoming');
  await desk.view('call');
  await desk.control('accept').click();
  await desk.card('connected').waitFor();
  await desk.view('customer');
  await page.locator('.past-call').first().waitFor();
  await look('live-customer');
  await desk.view('call');
  await page.locator('.wrap-notes').fill(notes);
  await look('live');
  await desk.control('hold').click();
  await desk.card('held').waitFor();
  await look('hold');
  await desk.control('hold').click();
  await desk.card('connected').waitFor();
  await desk.control('keypad').click();
  await look('keypad');
  await desk.control('keypad').click();
  await desk.ring({number: '+447700900142', customerId: 'C-1002'});
  await page.locator('.call-name', {hasText: 'James Whitfield'}).waitFor();
  await look('waiting');
  await desk.card('ringing').locator('[data-control="reject"]').click();
  await desk.card('over').waitFor();
  await desk.card('connected').locator('[data-control="hangup"]').click();
  await desk.card('wrapup').waitFor();
  await desk.card('over').locator('.call-dismiss').click();
  await page.locator('.wrap-disposition').selectOption('resolved');
  await look('wrap-up');
  await page.locator('.wrap-save').click();
  await page.locator('.call-card').waitFor({state: 'detached'});
  await contact('C-1001');
  await page.locator('.past-notes').first().waitFor();
  await look('history');

  const {sid} = await desk.take({number: '+442079460123'});
  await desk.view('customer');
  await page.locator('#profile-choices .contact').first().waitFor();
  await look('several');
  await flex.evaluate(task => flexStub.Actions.invokeAction('CompleteTask', {sid: task}), sid);
  await page.locator('.call-card').waitFor({state: 'detached'});
  const stranger = await desk.take({number: '+34600000099'});
  await desk.view('customer');
  await page.locator('#profile-add').waitFor();
  await look('unknown');
  await page.locator('#profile-link').click();
  await page.locator('#choose-contact .contact').first().waitFor();
  await look('link');
  await page.keyboard.press('Escape');
  await flex.evaluate(task => flexStub.Actions.invokeAction('CompleteTask', {sid: task}), stranger.sid);
  await page.locator('.call-card').waitFor({state: 'detached'});

  await desk.view('call');
  await page.locator('#dial-region').selectOption('ES');
  for (const [text, kind, name] of [['612 34 56 78', 'good', 'will-dial'], ['803 11 11 11', 'refused', 'may-not-dial'], ['112', 'problem', 'no-number']]) {
    await page.locator('#phone-number').fill(text);
    await page.locator(`#dial-preview[data-kind="${kind}"]`).waitFor();
    await look(name);
  }
  const set = change => flex.evaluate(given => flexStub.setUp(given), change);
  const queueSid = await flex.evaluate(() => flexStub.settings.queueSid);
  await set({dialpadEnabled: false, callerId: '', queueSid: '', defaultCountry: ''});
  await page.locator('#missing').waitFor();
  await look('not-set-up');
  await set({dialpadEnabled: true, callerId: '+14155550100', queueSid, defaultCountry: 'US'});
  await page.locator('#missing').waitFor({state: 'hidden'});
  await page.locator('#phone-number').fill('+34911234567');
  await page.locator('#dial-number').click();
  await desk.card('dialing').waitFor();
  await look('dialling');
  await flex.evaluate(() => flexStub.callFails(flexStub.view.tasks[0].sid, 45303));
  await desk.card('over').waitFor();
  await look('busy-line');
}
