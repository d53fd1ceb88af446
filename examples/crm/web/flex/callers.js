// Who can call the simulator: some customers of the CRM example, and two whom it does not know.

export const callers = [
  {label: 'Ana Torres', number: '+34600000017', customerId: 'C-1001', account: {first_name: 'Ana', last_name: 'Torres', img_src: '/portraits/ana-torres.svg', service_level: 'gold'}},
  {label: 'James Whitfield', number: '+447700900142', customerId: 'C-1002', account: {first_name: 'James', last_name: 'Whitfield', img_src: '/portraits/james-whitfield.svg', service_level: 'silver'}},
  {label: 'Priya Raman', number: '+14155550134', customerId: 'C-1003', account: {first_name: 'Priya', last_name: 'Raman', img_src: '/portraits/priya-raman.svg', service_level: 'gold'}},
  {label: 'Sofía Hernández', number: '+525555500123', customerId: 'C-1005', account: {first_name: 'Sofía', last_name: 'Hernández', img_src: '/portraits/sofia-hernandez.svg', service_level: 'bronze'}},
  {label: 'Marcus Okafor', number: '+17135550176', customerId: 'C-1007', account: {first_name: 'Marcus', last_name: 'Okafor', img_src: '/portraits/marcus-okafor.svg', service_level: 'silver'}},
  {label: 'Somebody unknown', number: '+34600000099'},
  {label: 'Number withheld', number: ''},
];
