// Copy to appConfig.js for development. A hosted Flex has the same members in ui_attributes.flexcrm
// of its service configuration (see README.md).
var appConfig = {
  pluginService: {
    enabled: true,
    url: '/plugins',
  },
  // In an iframe Flex can only log in through a popup.
  loginPopup: true,
  ytica: false,
  logLevel: 'info',
  showSupervisorDesktopView: true,
  flexcrm: {
    // Pages that may frame this Flex: exact origins, without path or trailing slash.
    crmOrigins: ['http://localhost:3001'],
    // For Flex in a tab of its own: the CRM's WebSocket.
    // serverUrl: 'wss://crm.example.com/flexcrm',
    // agent: 'ana',
  },
};
