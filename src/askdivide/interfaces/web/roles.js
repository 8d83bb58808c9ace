// What is Gradio's own and cannot be set: mended as it appears.
new MutationObserver(() => {
  // Questions to begin with are buttons in what is called a list, of which screen readers cannot make sense.
  for (const list of document.querySelectorAll('#chat .examples[role="list"]')) list.setAttribute("role", "group");
  // What to do where too many ask is said beside the box.
  for (const toast of document.querySelectorAll(".toast-body")) toast.hidden = toast.textContent.includes("currently busy");
}).observe(document, { childList: true, subtree: true });
