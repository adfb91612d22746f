// Shows the times of a page in the browser's time zone. The tooltip keeps the server's text, which names its zone.
"use strict";

const timesZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const timesFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

// Returns a time as the server writes it: 5 Mar 2026, 09:30
function timesText(moment) {
  const part = Object.fromEntries(timesFormat.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${part.day} ${part.month.slice(0, 3)} ${part.year}, ${part.hour}:${part.minute}`;
}

function showTimesInZone(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = timesText(new Date(time.dateTime));
    if (text === time.textContent) continue; // the zones agree, or it is done
    time.title = `${text} ${timesZone}\n${time.title}`;
    time.textContent = text;
  }
}

document.addEventListener("DOMContentLoaded", () => showTimesInZone(document));
document.addEventListener("htmx:afterSwap", (event) => showTimesInZone(event.target));
