// What is Gradio's own and cannot be set: mended as it appears.
new MutationObserver(() => {
  // Questions to begin with are buttons in what is called a list, of which screen readers cannot make sense.
  for (const list of document.querySelectorAll('#chat .examples[role="list"]')) list.setAttribute("role", "group");
  // Lists of choices are gone through by arrow keys; as scrollers they would be a stop of their own on the way by Tab.
  for (const list of document.querySelectorAll("#choice ul.option-list:not([tabindex])")) list.tabIndex = -1;
  // What to do where too many ask is said beside the box.
  for (const toast of document.querySelectorAll(".toast-body")) toast.hidden = toast.textContent.includes("currently busy");
}).observe(document, { childList: true, subtree: true });
