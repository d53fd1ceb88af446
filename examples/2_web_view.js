// The web view's side of 2_session.cpp: the plugin, or any other endpoint, over what the web view has in place of a socket.

// [socket]
/** A WebSocket, as far as flexcrm uses one, over the messages between a page and the program around it. */
export function socketTo(host) {
  return class HostSocket {
    readyState = 1;      // open from the beginning
    bufferedAmount = 0;  // the host takes everything
    constructor(url, protocol) {
      this.protocol = protocol;
      host.addEventListener('message', ({ data }) => this.onmessage?.({ data }));
      queueMicrotask(() => this.onopen?.());
    }
    send(text) { host.postMessage(text); }
    close() {}
  };
}
// [/socket]

// [start]
/** Called in the plugin's init; in WebView2 `host` is window.chrome.webview. */
export function startInWebView(startPlugin, flex, manager, host) {
  return startPlugin(flex, manager, { serverUrl: 'ws://host/' }, { WebSocket: socketTo(host) });
}
// [/start]
