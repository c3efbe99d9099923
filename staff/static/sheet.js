/* The sheet is printed from here; without scripts the browser's own menu prints it. */
const button = document.getElementById("print");
if (button) {
  document.getElementById("print-do").hidden = false;
  button.addEventListener("click", () => window.print());
}
