"""What the security chain keeps, and the page that shows it: sign-ins, failures, refusals, powers, exports, reads."""
