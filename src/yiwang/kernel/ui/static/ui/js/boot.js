// Runs before the first paint: parts that need scripts stay hidden without them.
document.documentElement.classList.add("js");
