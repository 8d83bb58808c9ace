// Gradio calls the questions to begin with a list and puts buttons into it, which screen readers cannot make sense of.
new MutationObserver(() => {
  for (const list of document.querySelectorAll('#chat .examples[role="list"]')) list.setAttribute("role", "group");
}).observe(document, { childList: true, subtree: true });
