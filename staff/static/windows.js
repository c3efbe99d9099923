"use strict";
// What one window sends or saves does not stand in the others of its conversation, to be sent again.

/** Words that somebody has changed stay, and so does what is pressed there at that moment. */
function otherWindows(form, boxes) {
  // Nobody else's: another member's pages in this browser have another token.
  const channel = new BroadcastChannel(`${form.dataset.draft} ${form.elements.csrf.value}`);
  channel.addEventListener("message", ({ data: { id, said } }) => {
    const box = boxes.find((each) => each.id === id);
    if (over || box?.value !== said) return;
    drafts.sentElsewhere(box);
  });
  return {
    tell(box, said) {
      try {
        channel.postMessage({ id: box.id, said });
      } catch {
        // It was sent all the same.
      }
    },
  };
}

if (form) {
  try {
    others = otherWindows(form, typed());
  } catch {
    // An old browser has no channel: the words stand until the page is shown anew.
  }
}
