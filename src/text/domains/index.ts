import type { Domain } from "../document.ts";
import { code } from "./code.ts";
import { glossary } from "./glossary.ts";
import { mail } from "./mail.ts";
import { novel } from "./novel.ts";
import { sentences } from "./sentences.ts";
import { speeches } from "./speeches.ts";

/** The default text, in the order in which reports list it. */
export const defaultDomains: readonly Domain[] = [speeches, novel, glossary, sentences, mail, code];
