// A plugin of the bare dialect: the selected task's attributes go up as an object, a string comes down and is dialled.
if (window.parent !== window) {
  flex.AgentDesktopView.defaultProps.showPanel2 = false;

  flex.Actions.addListener('afterSelectTask', ({task}) => {
    if (task?.attributes) window.parent.postMessage(task.attributes);
  });

  window.addEventListener('message', ({data}) => {
    flex.Actions.invokeAction('StartOutboundCall', {destination: data});
  });
}
