import { mount } from "svelte";

import App from "./App.svelte";
import { tauriBridge } from "./lib/bridge";
import { pageLoaded } from "./lib/loaded";
import { followTheme } from "./lib/theme";
import { speak } from "./lib/words.svelte";
import "./theme.css";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has lost its #app element");
// Before there is anything to see; the person's own choices come with the first snapshot.
followTheme("system");
speak(null, navigator.languages);
void pageLoaded().then(() => mount(App, { target, props: { bridge: tauriBridge } }));
