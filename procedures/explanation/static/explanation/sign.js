// A pad to draw a signature on. Without it the form works with a photo; the drawing is kept as a PNG in a hidden field.
document.querySelectorAll(".signature-pad").forEach((pad) => {
  const field = document.getElementById(pad.dataset.field);
  const canvas = document.createElement("canvas");
  canvas.width = 720;
  canvas.height = 264;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-labelledby", "draw-label");
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = pad.dataset.clear;
  pad.append(canvas, clear);
  pad.hidden = false;

  const pen = canvas.getContext("2d");
  const wipe = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { strokeStyle: "#14276b", lineWidth: 4, lineCap: "round", lineJoin: "round" });
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  wipe();
  if (field.value) {
    const kept = new Image();
    kept.onload = () => pen.drawImage(kept, 0, 0);
    kept.src = field.value;
  }
  let drawing = false;
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...place(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...place(event));
    pen.stroke();
  });
  const stop = () => {
    if (!drawing) return;
    drawing = false;
    field.value = canvas.toDataURL("image/png");
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
  clear.addEventListener("click", () => {
    wipe();
    field.value = "";
  });
});
