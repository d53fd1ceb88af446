// Signs in as the agent who is chosen, and goes where she wanted to.
const targets = ['/crm.html', '/flex/'];
const wanted = new URLSearchParams(location.search).get('next');
const next = targets.includes(wanted) ? wanted : targets[0];

async function signIn(agent) {
  const response = await fetch('/login', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({agent}),
  });
  if (response.ok) location.replace(next);
  else document.getElementById('login-failed').hidden = false;
}

const {agents} = await (await fetch('/api/agents')).json();
document.getElementById('agents').append(...agents.map(agent => {
  const button = Object.assign(document.createElement('button'), {type: 'button', textContent: agent});
  button.dataset.agent = agent;
  button.addEventListener('click', () => void signIn(agent));
  return button;
}));
