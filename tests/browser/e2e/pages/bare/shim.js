// As much of Flex as a plugin of the bare dialect touches. `calls` and `select` are for the test.
var calls = [];
var flex = (() => {
  const listeners = new Map();
  return {
    AgentDesktopView: {defaultProps: {showPanel2: true}},
    Actions: {
      addListener(event, listener) {
        listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      },
      async invokeAction(name, payload) {
        if (name === 'StartOutboundCall') calls.push(payload);
        for (const listener of listeners.get(`after${name}`) ?? []) listener(payload);
      },
    },
  };
})();
var select = attributes => flex.Actions.invokeAction('SelectTask', {task: attributes === null ? null : {attributes}});
