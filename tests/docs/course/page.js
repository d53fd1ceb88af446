// [page]
window.addEventListener('message', (event) => {
  if (event.data.account_data) document.querySelector('#name').textContent = event.data.account_data.first_name;
});
document.getElementById('dial-number').addEventListener('click', () => {
  document.getElementById('flex').contentWindow.postMessage(document.getElementById('phone-number').value);
});
// [/page]
