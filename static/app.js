// The only script: without it everything works. Countdowns are text of the moment the page was made,
// so a page that has been open for a while says so and offers to load itself again.
const age = document.getElementById("page-age");
if (age) setTimeout(() => { age.hidden = false; }, Number(age.dataset.seconds) * 1000);
