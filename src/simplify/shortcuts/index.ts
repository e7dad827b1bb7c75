/** Output-level rules from the original's own choices: behaviour, not mechanism. */
export { addShortcuts, type ShortcutsInput } from "./add.ts";
export { mineShortcuts, type MinedShortcut } from "./mine.ts";
