// Says in the page when a security key did not answer.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("key_error").hidden = false;
});
