// [plugin]
window.addEventListener('message', (event) => {
  flex.Actions.invokeAction('StartOutboundCall', { destination: event.data });
});
flex.Actions.addListener('afterSelectTask', (payload) => {
  if (payload.task && payload.task.attributes) window.top.postMessage(payload.task.attributes);
});
// [/plugin]
